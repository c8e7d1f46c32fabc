import { useCallback, useEffect, useRef, useState } from 'react';
import { type HttpResponse, Upload } from 'tus-js-client';
import { client, writeHeaders } from '../../api/client.ts';
import { ApiError } from '../../api/errors.ts';
import type { AssetView, ProblemDocument } from '../../api/types.ts';

export interface UploadItem {
  key: string;
  name: string;
  bytes: number;
  sent: number;
  status: 'uploading' | 'paused' | 'checking' | 'failed';
  error?: unknown;
}

const retryDelaysMs = [0, 1_000, 3_000, 5_000, 10_000];
let next = 0;

/** What the server said of an upload that failed, as an error that can be told. */
function toldBy(error: Error & { originalResponse?: HttpResponse | null }): Error {
  const response = error.originalResponse;
  if (!response) return new TypeError(error.message);
  try {
    return new ApiError(response.getStatus(), JSON.parse(response.getBody()) as Partial<ProblemDocument>);
  } catch {
    return new ApiError(response.getStatus(), {});
  }
}

async function assetOf(upload: Upload, response: HttpResponse): Promise<AssetView> {
  const id = response.getHeader('Postrider-Asset');
  if (id) {
    const { data } = await client.GET('/api/v1/assets/{id}', { params: { path: { id } } });
    if (data) return data;
  }
  const uploadId = upload.url?.split('/').at(-1) ?? '';
  const { data } = await client.GET('/api/v1/uploads/{id}', { params: { path: { id: uploadId } } });
  if (data?.asset) return data.asset;
  throw data?.failure
    ? new ApiError(data.failure.status, data.failure)
    : new Error('The file arrived, but it is not in the library.');
}

/**
 * Sends files so that a broken line, a pause or a closed page loses nothing that was sent. They arrive in any order: `later`
 * names the assets that are there already though their files were chosen after it.
 */
export function useUploads(projectId: string, onAsset: (asset: AssetView, later: string[]) => void) {
  const [items, setItems] = useState<UploadItem[]>([]);
  const running = useRef(new Map<string, Upload>());
  const turns = useRef(new Map<string, number>());
  const arrived = useRef(onAsset);
  useEffect(() => {
    arrived.current = onAsset;
  });

  const set = useCallback(
    (key: string, part: Partial<UploadItem>) =>
      setItems((was) => was.map((item) => (item.key === key ? { ...item, ...part } : item))),
    [],
  );
  const drop = useCallback((key: string) => {
    running.current.delete(key);
    setItems((was) => was.filter((item) => item.key !== key));
  }, []);

  const add = useCallback(
    (files: readonly File[]) => {
      for (const file of files) {
        next += 1;
        const turn = next;
        const key = `upload-${turn}`;
        const upload = new Upload(file, {
          endpoint: `/api/v1/projects/${projectId}/uploads`,
          retryDelays: retryDelaysMs,
          removeFingerprintOnSuccess: true,
          metadata: { filename: file.name, filetype: file.type },
          onBeforeRequest: (request) => {
            for (const [name, value] of Object.entries(writeHeaders())) request.setHeader(name, value);
          },
          onProgress: (sent, total) => set(key, { sent, status: sent >= total ? 'checking' : 'uploading' }),
          onError: (error) => set(key, { status: 'failed', error: toldBy(error) }),
          onSuccess: ({ lastResponse }) => {
            set(key, { status: 'checking', sent: file.size });
            assetOf(upload, lastResponse).then(
              (asset) => {
                drop(key);
                const later = [...turns.current].filter(([, other]) => other > turn).map(([id]) => id);
                turns.current.set(asset.id, turn);
                arrived.current(asset, later);
              },
              (error) => set(key, { status: 'failed', error }),
            );
          },
        });
        running.current.set(key, upload);
        setItems((was) => [...was, { key, name: file.name, bytes: file.size, sent: 0, status: 'uploading' }]);
        void upload.findPreviousUploads().then((previous) => {
          const last = previous[0];
          if (last) upload.resumeFromPreviousUpload(last);
          upload.start();
        });
      }
    },
    [projectId, set, drop],
  );

  const pause = useCallback(
    (key: string) => {
      void running.current.get(key)?.abort();
      set(key, { status: 'paused' });
    },
    [set],
  );

  const resume = useCallback(
    (key: string) => {
      set(key, { status: 'uploading', error: undefined });
      running.current.get(key)?.start();
    },
    [set],
  );

  const cancel = useCallback(
    (key: string) => {
      // What the server already has of it is removed there too; if that fails it expires by itself.
      void running.current
        .get(key)
        ?.abort(true)
        .catch(() => undefined);
      drop(key);
    },
    [drop],
  );

  useEffect(() => {
    const uploads = running.current;
    return () => {
      for (const upload of uploads.values()) void upload.abort();
    };
  }, []);

  return { items, add, pause, resume, cancel, busy: items.some((item) => item.status !== 'failed') };
}

export type Uploads = ReturnType<typeof useUploads>;
