import { expect, test } from 'vitest';
import type { ChannelForecast, Problem } from '../../api/types.ts';
import { accessOf, roomOf, sayingOf, summaryOf } from './words.ts';

const problem = (code: string, severity: Problem['severity']): Problem => ({
  field: 'schedule',
  code,
  severity,
  message: `About ${code}.`,
  remedy: 'Choose another time.',
});

const channel = (part: Partial<ChannelForecast>): ChannelForecast => ({
  delivery_id: null,
  channel: { id: 'chan_1', network: 'bluesky', name: 'Ada', handle: 'ada', avatar_url: null, status: 'active' },
  verdict: 'will_publish',
  problems: [],
  due_at: '2026-11-24T09:00:00Z',
  goes_at: '2026-11-24T09:00:00Z',
  ends_as: 'published',
  mode: 'publish',
  gate: 'none',
  conversion: null,
  text: 'Hello',
  parts: [],
  first_comment: '',
  media: [],
  staged_from: null,
  hour_max: 10,
  hour_left: 7,
  next_free_at: null,
  quotas: [],
  access_holds: true,
  access_ends_at: null,
  neighbours: [],
  same_content: [],
  ...part,
});

test('a forecast is said in a line, with the reason that decides', () => {
  const said = (part: Partial<ChannelForecast>) => {
    const { tone, text, because } = sayingOf(channel(part), 'UTC');
    return [tone, text, because?.code];
  };
  expect(said({})).toEqual(['green', 'Will publish 24 Nov 2026, 09:00', undefined]);
  expect(said({ due_at: null })).toEqual(['green', 'Will publish at once', undefined]);
  // What is overdue goes out now, and not when it was due.
  expect(said({ goes_at: '2026-11-24T09:20:00Z' })[1]).toBe('Will publish 24 Nov 2026, 09:20');
  expect(said({ ends_as: 'drafted' })[1]).toBe('Will be left as a draft there 24 Nov 2026, 09:00');
  const waits = [problem('text.left_out', 'warning'), problem('quota.full', 'warning')];
  expect(said({ verdict: 'will_wait', goes_at: '2026-11-24T10:05:00Z', problems: waits })).toEqual([
    'amber',
    'Will wait until 24 Nov 2026, 10:05',
    'quota.full',
  ]);
  expect(
    said({ verdict: 'will_not_publish', goes_at: null, problems: [problem('channel.unusable', 'error')] }),
  ).toEqual(['red', 'Will not publish', 'channel.unusable']);
  expect(said({ verdict: 'by_hand' })[0]).toBe('violet');
});

test('many channels are counted, the worst first', () => {
  expect(summaryOf([channel({}), channel({}), channel({ verdict: 'will_not_publish' })])).toBe(
    '1 channel will not publish, 2 channels will publish',
  );
});

test('room and access are told in words', () => {
  expect(roomOf(channel({}), 'UTC')).toEqual(['7 of 10 posts free in the hour before']);
  const full = channel({
    hour_left: 0,
    next_free_at: '2026-11-24T09:40:00Z',
    quotas: [{ quota: 'instagram_publishing', limit: 50, used: 48, window_ms: 86_400_000 }],
  });
  expect(roomOf(full, 'UTC')).toEqual([
    '0 of 10 posts free in the hour before; room again 24 Nov 2026, 09:40',
    '2 of 50 left for this channel at the network in any 24 hours',
  ]);
  expect(accessOf(channel({}), 'UTC')).toBe('Holds');
  expect(accessOf(channel({ access_holds: false, access_ends_at: '2026-11-23T00:00:00Z' }), 'UTC')).toBe(
    'Does not hold then: it ends 23 Nov 2026, 00:00',
  );
});
