import { expect, it } from 'vitest';
import type { PostView } from '../../api/types.ts';
import { bodyOf, draftOf } from './body.ts';
import { emptyDraft, reduce } from './draft.ts';

it('sends what the type carries and the channels that take it', () => {
  let draft = emptyDraft('Europe/Berlin');
  for (const change of [
    { type: 'text', value: 'Hello' },
    { type: 'link', link: { url: ' https://a.example ' } },
    { type: 'choose', channelId: 'chan_1', on: true },
    { type: 'choose', channelId: 'chan_2', on: true },
    { type: 'when', when: { local: '2026-11-24T09:30' } },
  ] as const)
    draft = reduce(draft, change);
  const body = bodyOf(draft, new Set(['chan_2']));
  expect(body.deliveries?.map((delivery) => delivery.channel_id)).toEqual(['chan_2']);
  expect(body.link).toBeNull();
  expect(body.schedule).toEqual({ local: '2026-11-24T09:30', zone: 'Europe/Berlin', choice: undefined });
  expect(bodyOf(reduce(draft, { type: 'content_type', value: 'link' }), new Set()).link?.url).toBe('https://a.example');
  const thread = bodyOf(reduce(draft, { type: 'content_type', value: 'thread' }), new Set());
  expect([thread.text, thread.thread?.[0]?.text]).toEqual(['', 'Hello']);
});

it('opens a stored post as it was written', () => {
  const post = {
    content_type: 'image',
    title: 'T',
    text: 'Hello',
    hashtags: ['#a', '#b'],
    assets: [{ asset_id: 'ast_1', alt_text: 'A cup' }],
    thread: [],
    first_comment: '',
    schedule: { at: '2026-11-24T08:30:00Z' },
    deliveries: [
      {
        channel: { id: 'chan_1' },
        mode: 'draft',
        overrides: { text: 'Mine' },
        state: 'draft',
        schedule: { local: '2026-11-25T10:00', zone: 'UTC' },
      },
      { channel: { id: 'chan_2' }, mode: 'publish', overrides: {}, state: 'canceled' },
    ],
  } as unknown as PostView;
  const draft = draftOf(post, 'Europe/Berlin');
  expect(draft.when).toEqual({ local: '2026-11-24T09:30', zone: 'Europe/Berlin' });
  expect(draft.chosen).toEqual([
    {
      channelId: 'chan_1',
      mode: 'draft',
      overrides: { text: 'Mine' },
      when: { local: '2026-11-25T10:00', zone: 'UTC', choice: undefined },
    },
  ]);
  expect(bodyOf(draft, new Set(['chan_1']))).toMatchObject({
    title: 'T',
    text: 'Hello',
    hashtags: ['#a', '#b'],
    deliveries: [{ channel_id: 'chan_1', mode: 'draft' }],
  });
});
