import { expect, it } from 'vitest';
import { isStale, parseHint } from './events.ts';

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
