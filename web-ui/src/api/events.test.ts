import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';
import { isStale, parseHint, readAnew } from './events.ts';

const posts = ['get', '/api/v1/projects/{id}/posts', {}];
const channels = ['get', '/api/v1/projects/{id}/channels', {}];
const history = ['get', '/api/v1/deliveries/{id}/history', {}];
const notices = ['get', '/api/v1/notifications', {}];
const me = ['get', '/api/v1/me', {}];

it('a hint makes stale what it concerns and nothing else', () => {
  expect([posts, channels, history, notices, me].map((key) => isStale(key, new Set(['delivery'] as const)))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(
    [posts, channels, history, notices, me].map((key) => isStale(key, new Set(['notification'] as const))),
  ).toEqual([false, false, false, true, false]);
  expect([posts, notices, me].every((key) => isStale(key, new Set(['resync'] as const)))).toBe(true);
});

it('what is no hint is passed over', () => {
  expect(parseHint('{"kind":"post","id":"post_1","version":3}')).toEqual({ kind: 'post', id: 'post_1', version: 3 });
  expect([parseHint('hello'), parseHint('{"kind":"weather"}')]).toEqual([undefined, undefined]);
});

it('a first read that was asked before a change does not stand as the last word', async () => {
  const queries = new QueryClient();
  const answers = ['draft', 'published'];
  let answerFirst = () => {};
  const firstAnswer = new Promise<void>((done) => {
    answerFirst = done;
  });
  const read = vi.fn(async () => {
    const answer = answers.shift();
    if (answer === 'draft') await firstAnswer;
    return answer;
  });
  const queryKey = ['get', '/api/v1/posts/{id}', {}];
  const stop = new QueryObserver(queries, { queryKey, queryFn: read }).subscribe(() => {});

  const anew = readAnew(queries, new Set(['post'] as const));
  answerFirst();
  await anew;

  expect(queries.getQueryData(queryKey)).toBe('published');
  expect(read).toHaveBeenCalledTimes(2);
  stop();
});
