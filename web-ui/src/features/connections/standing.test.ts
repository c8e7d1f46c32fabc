import { expect, test } from 'vitest';
import type { ChannelView } from '../../api/types.ts';
import { accountKind } from '../../networks/index.tsx';
import { accessLine, quotaLines, verifiedLine } from './standing.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const inTenDays = '2026-12-02T12:00:00Z';
const yesterday = '2026-11-21T12:00:00Z';

test('an access that was taken away says nothing of the day until which it would have held', () => {
  expect(accessLine({ status: 'revoked', access_ends_at: inTenDays }, 'UTC', now)).toBe('');
  expect(accessLine({ status: 'disconnected', access_ends_at: inTenDays }, 'UTC', now)).toBe('');
});

test('an access ends, has ended, or does not run out', () => {
  expect(accessLine({ status: 'active', access_ends_at: inTenDays }, 'UTC', now)).toBe(
    'Access ends 2 Dec 2026, 12:00 (in 10 days)',
  );
  expect(accessLine({ status: 'expired', access_ends_at: yesterday }, 'UTC', now)).toBe(
    'Access ended 21 Nov 2026, 12:00 (yesterday)',
  );
  expect(accessLine({ status: 'expired', access_ends_at: inTenDays }, 'UTC', now)).toBe('');
  expect(accessLine({ status: 'active' }, 'UTC', now)).toBe('Access does not run out');
});

test('only a good answer counts as verified', () => {
  expect(verifiedLine({ status: 'active', verified_at: yesterday }, now)).toBe('Verified yesterday');
  expect(verifiedLine({ status: 'revoked', verified_at: yesterday }, now)).toBe('Last checked yesterday');
  expect(verifiedLine({ status: 'active' }, now)).toBe('Not verified yet');
});

test('a kind of account is called what people call it', () => {
  expect(accountKind('bluesky', 'repo')).toBe('Bluesky account');
  expect(accountKind('facebook', 'page')).toBe('Facebook Page');
  expect(accountKind('linkedin', 'profile')).toBe('LinkedIn profile');
  expect(accountKind('pinterest', 'board')).toBe('Pinterest board');
  expect(accountKind('mastodon', 'account')).toBe('Mastodon account');
  expect(accountKind('telegram', 'channel')).toBe('Telegram channel');
  expect(accountKind('x', 'profile')).toBe('X account');
  expect(accountKind('tiktok', 'account')).toBe('TikTok account');
  expect(accountKind('youtube', 'channel')).toBe('YouTube channel');
  expect(accountKind('google_business', 'location')).toBe('Google Business Profile location');
});

test('a quota is told once something counts in it, with the instant of the next room', () => {
  const quota = { quota: 'q', used: 0, limit: 10, window_ms: 3_600_000, content_types: [] as never[] };
  const lines = (quotas: unknown[]) => quotaLines({ quotas } as Pick<ChannelView, 'quotas'>, 'UTC');
  expect(lines([quota])).toEqual([]);
  expect(
    lines([
      { ...quota, used: 3 },
      { ...quota, used: 30, limit: 30, window_ms: 86_400_000, content_types: ['reel'], free_at: inTenDays },
    ]),
  ).toEqual([
    '3 of 10 posts in the last hour',
    '30 of 30 reel posts in the last 24 hours; room again 2 Dec 2026, 12:00',
  ]);
  expect(
    lines([
      { ...quota, used: 3, window_ms: 60_000 },
      { ...quota, used: 3, window_ms: 900_000 },
    ]),
  ).toEqual(['3 of 10 posts in the last minute', '3 of 10 posts in the last 15 minutes']);
});
