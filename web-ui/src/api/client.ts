import { QueryClient } from '@tanstack/react-query';
import createFetchClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import { ApiError } from './errors.ts';
import type { paths } from './schema.d.ts';
import type { ProblemDocument } from './types.ts';

let csrfToken = '';
/** The token that every write of this session carries; `GET /me` tells it. */
export function setCsrfToken(token: string) {
  csrfToken = token;
}
export const writeHeaders = (): Record<string, string> => (csrfToken ? { 'X-CSRF-Token': csrfToken } : {});

let signedOut: () => void = () => undefined;
/** What happens once the server no longer knows this session. */
export function onSignedOut(act: () => void) {
  signedOut = act;
}

const gate: Middleware = {
  onRequest({ request }) {
    if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method)) {
      for (const [name, value] of Object.entries(writeHeaders())) request.headers.set(name, value);
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    let document: Partial<ProblemDocument> = {};
    try {
      document = await response.clone().json();
    } catch {
      // An answer from in front of Postrider (a proxy's own page) is no JSON; its status says enough.
    }
    const asking = new URL(request.url).pathname;
    if (response.status === 401 && !['/api/v1/session', '/api/v1/setup', '/api/v1/me'].includes(asking)) signedOut();
    throw new ApiError(response.status, document);
  },
};

export const client = createFetchClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  credentials: 'same-origin',
});
client.use(gate);

export const api = createQueryClient(client);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
    },
    mutations: { retry: false },
  },
});

/** A key for one act of a person: the same act sent twice is done once. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The `ETag` under which the server answers a version of a thing, for the `If-Match` of an edit. */
export const etagOf = (version: number): string => `"v${version}"`;
