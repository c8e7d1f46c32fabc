import type { QueryClient } from '@tanstack/react-query';

export interface Hint {
  kind: 'post' | 'delivery' | 'channel' | 'notification' | 'resync';
  id?: string;
  version?: number;
}

/** Which reads a hint makes stale, as parts of their addresses. */
const concerned: Record<Exclude<Hint['kind'], 'resync'>, RegExp> = {
  post: /\/(posts|calendar|deliveries)(\/|$)/,
  delivery: /\/(posts|calendar|deliveries|channels)(\/|$)/,
  channel: /\/(channels|posts|calendar|connections)(\/|$)/,
  notification: /\/notifications(\/|$)/,
};

/** Whether a read, by its key `[method, address, …]`, is made stale by these kinds of hints. */
export function isStale(key: readonly unknown[], kinds: ReadonlySet<Hint['kind']>): boolean {
  if (kinds.has('resync')) return true;
  const address = key[1];
  return typeof address === 'string' && [...kinds].some((kind) => kind !== 'resync' && concerned[kind].test(address));
}

export function parseHint(data: string): Hint | undefined {
  try {
    const hint = JSON.parse(data) as Hint;
    return hint.kind === 'resync' || hint.kind in concerned ? hint : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads anew what these kinds of hints concern. Invalidating does not restart a read's very first run: one that was asked
 * before the change would answer with what was, and nobody would ask again. So such a one is read once more after it.
 */
export async function readAnew(queries: QueryClient, kinds: ReadonlySet<Hint['kind']>): Promise<void> {
  const concernsIt = (query: { queryKey: readonly unknown[] }) => isStale(query.queryKey, kinds);
  const firstRuns = new Set(
    queries
      .getQueryCache()
      .findAll({ predicate: concernsIt, fetchStatus: 'fetching' })
      .filter((query) => query.state.data === undefined),
  );
  await queries.invalidateQueries({ predicate: concernsIt });
  if (firstRuns.size > 0) await queries.invalidateQueries({ predicate: (query) => firstRuns.has(query) });
}

const gatherMs = 120;

/** Listens for hints and reads anew what they concern; answers how to stop. */
export function listen(queries: QueryClient, onLive: (live: boolean) => void): () => void {
  const source = new EventSource('/api/v1/events');
  const kinds = new Set<Hint['kind']>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let broke = false;

  const flush = () => {
    timer = undefined;
    const seen = new Set(kinds);
    kinds.clear();
    void readAnew(queries, seen);
  };
  const take = (event: MessageEvent<string>) => {
    const hint = parseHint(event.data);
    if (!hint) return;
    kinds.add(hint.kind);
    timer ??= setTimeout(flush, gatherMs);
  };
  for (const name of ['message', 'hint', 'post', 'delivery', 'channel', 'notification'])
    source.addEventListener(name, take);
  source.addEventListener('resync', () => {
    kinds.add('resync');
    timer ??= setTimeout(flush, gatherMs);
  });
  source.onopen = () => {
    onLive(true);
    // Whatever changed while the line was down was not heard.
    if (broke) void readAnew(queries, new Set(['resync']));
    broke = false;
  };
  source.onerror = () => {
    broke = true;
    onLive(false);
  };
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
