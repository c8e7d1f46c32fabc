/** Files that an earlier page sent in part: this browser remembers where they go on, and the server how much of them arrived. */
import { useCallback, useEffect, useState } from 'react';
import { defaultOptions, type HttpRequest, Upload } from 'tus-js-client';
import { client, writeHeaders } from '../../api/client.ts';
import { hasStatus } from '../../api/errors.ts';
import type { AssetView } from '../../api/types.ts';

export interface HalfSent {
  /** Under which the browser remembers it. */
  key: string;
  url: string;
  name: string;
  bytes: number;
  sent: number;
  /** What it became, where all of it had arrived when the page was closed. */
  asset?: AssetView;
}

const idOf = (url: string) => url.split('/').at(-1) ?? '';
const lockOf = (url: string) => `postrider-upload ${idOf(url)}`;

/** Lets the server know that it is this page that writes. */
export function signed(request: HttpRequest) {
  for (const [name, value] of Object.entries(writeHeaders())) request.setHeader(name, value);
}

export const endpointOf = (projectId: string) => `/api/v1/projects/${projectId}/uploads`;

/** Keeps other tabs from offering a file that this one is sending. Browsers know no locks where the page is not served securely. */
export function holdUpload(url: string): () => void {
  let release = () => {};
  const sending = new Promise<void>((done) => {
    release = done;
  });
  void navigator.locks?.request(lockOf(url), () => sending);
  return release;
}

async function held(): Promise<Set<string>> {
  const state = await navigator.locks?.query();
  return new Set((state?.held ?? []).flatMap(({ name }) => name ?? []));
}

export async function forgetUpload(key: string): Promise<void> {
  await defaultOptions.urlStorage.removeUpload(key);
}

/** What of a project was sent in part. What the server does not know any more, or refused, is forgotten on the way. */
export async function halfSent(projectId: string): Promise<{ found: HalfSent[]; elsewhere: string[] }> {
  const mark = `-${endpointOf(projectId)}::`;
  const remembered = (await defaultOptions.urlStorage.findAllUploads()).filter(({ urlStorageKey }) =>
    urlStorageKey.includes(mark),
  );
  const locks = await held();
  const found: HalfSent[] = [];
  const elsewhere: string[] = [];
  for (const { urlStorageKey: key, uploadUrl: url, metadata } of remembered) {
    if (!url) continue;
    if (locks.has(lockOf(url))) {
      elsewhere.push(lockOf(url));
      continue;
    }
    try {
      const { data } = await client.GET('/api/v1/uploads/{id}', { params: { path: { id: idOf(url) } } });
      if (!data) continue;
      const { received_bytes: sent, total_bytes: bytes, asset, failure } = data;
      if (failure) await forgetUpload(key);
      else if (sent > 0)
        found.push({ key, url, name: metadata.filename ?? 'file', bytes, sent, asset: asset ?? undefined });
    } catch (error) {
      if (hasStatus(error, 404)) await forgetUpload(key);
    }
  }
  return { found, elsewhere };
}

/** The files of a project that were sent in part, without those that some tab is sending now. */
export function useHalfSent(projectId: string) {
  const [items, setItems] = useState<HalfSent[]>([]);
  const drop = useCallback((key: string) => setItems((was) => was.filter((item) => item.key !== key)), []);

  useEffect(() => {
    const leaving = new AbortController();
    const waited = new Set<string>();
    const look = async () => {
      const { found, elsewhere } = await halfSent(projectId);
      if (leaving.signal.aborted) return;
      setItems(found);
      // Another tab may be closed in the middle, and a page that is loaded anew gives its locks back a moment later.
      for (const lock of elsewhere.filter((name) => !waited.has(name))) {
        waited.add(lock);
        navigator.locks
          .request(lock, { signal: leaving.signal }, () => undefined)
          .then(() => {
            waited.delete(lock);
            return look();
          })
          .catch(() => undefined);
      }
    };
    // What cannot be read is not offered; sending the file anew works all the same.
    look().catch(() => undefined);
    return () => leaving.abort();
  }, [projectId]);

  const forget = useCallback(
    (item: HalfSent) => {
      drop(item.key);
      void forgetUpload(item.key);
      if (item.asset) return;
      // What the server has of it is removed there too; if that fails it expires by itself.
      Upload.terminate(item.url, { onBeforeRequest: signed }).catch(() => undefined);
    },
    [drop],
  );

  return { items, drop, forget };
}
