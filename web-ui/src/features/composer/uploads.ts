import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { type HttpResponse, Upload } from 'tus-js-client';
import { client } from '../../api/client.ts';
import { ApiError } from '../../api/errors.ts';
import type { AssetView, ProblemDocument } from '../../api/types.ts';
import { endpointOf, holdUpload, signed, useHalfSent } from './halfsent.ts';

export interface UploadItem {
  key: string;
  /** The field that its file was chosen in. */
  field: string;
  name: string;
  bytes: number;
  sent: number;
  status: 'uploading' | 'paused' | 'offline' | 'checking' | 'failed';
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

/** Takes a file that arrived. `later` names the assets that are there already though their files were chosen after it. */
type Arrived = (asset: AssetView, later: string[]) => void;

/**
 * Sends the files of all fields of a post, so that a broken line, a pause or a closed page loses nothing that was sent, and that
 * looking at another channel meanwhile stops nothing. They arrive in any order.
 */
export function useUploads(projectId: string) {
  const [items, setItems] = useState<UploadItem[]>([]);
  const running = useRef(new Map<string, Upload>());
  const holds = useRef(new Map<string, () => void>());
  const turns = useRef(new Map<string, number>());
  const half = useHalfSent(projectId);
  const { drop: dropHalf } = half;

  const set = useCallback(
    (key: string, part: Partial<UploadItem>) =>
      setItems((was) => was.map((item) => (item.key === key ? { ...item, ...part } : item))),
    [],
  );
  // Without a network nothing is wrong with the file: it goes on once there is one.
  const failed = useCallback(
    (key: string, error: unknown) => set(key, navigator.onLine ? { status: 'failed', error } : { status: 'offline' }),
    [set],
  );
  const drop = useCallback((key: string) => {
    running.current.delete(key);
    holds.current.get(key)?.();
    holds.current.delete(key);
    setItems((was) => was.filter((item) => item.key !== key));
  }, []);

  const add = useCallback(
    (field: string, files: readonly File[], onArrived: Arrived) => {
      for (const file of files) {
        next += 1;
        const turn = next;
        const key = `upload-${turn}`;
        const upload = new Upload(file, {
          endpoint: endpointOf(projectId),
          retryDelays: retryDelaysMs,
          removeFingerprintOnSuccess: true,
          metadata: { filename: file.name, filetype: file.type },
          onBeforeRequest: signed,
          onUploadUrlAvailable: () => {
            if (upload.url && !holds.current.has(key)) holds.current.set(key, holdUpload(upload.url));
          },
          onProgress: (sent, total) => set(key, { sent, status: sent >= total ? 'checking' : 'uploading' }),
          onError: (error) => failed(key, toldBy(error)),
          onSuccess: ({ lastResponse }) => {
            set(key, { status: 'checking', sent: file.size });
            assetOf(upload, lastResponse).then(
              (asset) => {
                drop(key);
                const later = [...turns.current].filter(([, other]) => other > turn).map(([id]) => id);
                turns.current.set(asset.id, turn);
                onArrived(asset, later);
              },
              (error) => failed(key, error),
            );
          },
        });
        running.current.set(key, upload);
        setItems((was) => [...was, { key, field, name: file.name, bytes: file.size, sent: 0, status: 'uploading' }]);
        void upload.findPreviousUploads().then((previous) => {
          const last = previous[0];
          if (last) {
            dropHalf(last.urlStorageKey);
            upload.resumeFromPreviousUpload(last);
          }
          upload.start();
        });
      }
    },
    [projectId, set, drop, dropHalf, failed],
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
    const back = () => {
      for (const item of items) if (item.status === 'offline') resume(item.key);
    };
    window.addEventListener('online', back);
    return () => window.removeEventListener('online', back);
  }, [items, resume]);

  useEffect(() => {
    const [uploads, held] = [running.current, holds.current];
    return () => {
      for (const upload of uploads.values()) void upload.abort();
      for (const release of held.values()) release();
    };
  }, []);

  return { items, half, add, pause, resume, cancel, busy: items.some((item) => item.status !== 'failed') };
}

export type Uploads = ReturnType<typeof useUploads>;

/** What the media field of the whole post is called, or that of one part of a thread. */
export const mediaField = (part?: number) => (part === undefined ? 'Media' : `Media of part ${part + 1}`);

/** The uploads of the post that is being written. */
export const UploadsContext = createContext<Uploads | undefined>(undefined);

/** Those of one field. */
export function useUploadsOf(field: string) {
  const uploads = useContext(UploadsContext);
  if (!uploads) throw new Error('A media field stands outside the composer.');
  return { ...uploads, items: uploads.items.filter((item) => item.field === field) };
}
