import { describe, expect, it } from 'vitest';
import { type Change, type Draft, emptyDraft, isWritten, reduce } from './draft.ts';

const changed = (...changes: Change[]): Draft => changes.reduce(reduce, emptyDraft('Europe/Berlin'));

describe('what is being written', () => {
  it('reads hashtags from what was typed and keeps what was typed', () => {
    const draft = changed({ type: 'hashtags', typed: 'coffee, #Tea, coffee,' });
    expect(draft.content.hashtags).toEqual(['#coffee', '#Tea']);
    expect(draft.typedHashtags).toBe('coffee, #Tea, coffee,');
  });

  it('keeps everything when the type changes, and lays out what the new type needs', () => {
    const draft = changed(
      { type: 'text', value: 'Hello' },
      { type: 'add_asset', use: { asset_id: 'ast_1' } },
      { type: 'content_type', value: 'poll' },
    );
    expect(draft.content).toMatchObject({
      content_type: 'poll',
      text: 'Hello',
      assets: [{ asset_id: 'ast_1' }],
      poll: { options: ['', ''] },
    });
    expect(changed({ type: 'content_type', value: 'link' }).content.link).toEqual({ url: '' });
  });

  it('makes a thread of a text and a text of a thread', () => {
    const thread = changed(
      { type: 'text', value: 'One. Two.' },
      { type: 'add_asset', use: { asset_id: 'ast_1' } },
      { type: 'content_type', value: 'thread', parts: ['One.', 'Two.'] },
    );
    expect(thread.content.thread).toEqual([
      { text: 'One.', assets: [{ asset_id: 'ast_1' }] },
      { text: 'Two.', assets: [] },
    ]);
    const back = [{ type: 'text', value: '' } as const, { type: 'content_type', value: 'text' } as const].reduce<Draft>(
      reduce,
      thread,
    );
    expect(back.content.text).toBe('One.\n\nTwo.');
  });

  it('a thread has two parts at least to begin with', () => {
    expect(changed({ type: 'content_type', value: 'thread' }).content.thread).toHaveLength(2);
  });

  it('moves, adds and removes parts, and never past the ends', () => {
    const draft = changed({ type: 'thread_split', parts: ['a', 'b', 'c'] });
    const texts = (draft: Draft) => draft.content.thread.map((part) => part.text);
    expect(texts(reduce(draft, { type: 'thread_move', part: 0, by: 1 }))).toEqual(['b', 'a', 'c']);
    expect(texts(reduce(draft, { type: 'thread_move', part: 0, by: -1 }))).toEqual(['a', 'b', 'c']);
    expect(texts(reduce(draft, { type: 'thread_move', part: 2, by: 1 }))).toEqual(['a', 'b', 'c']);
    expect(texts(reduce(draft, { type: 'thread_add', after: 0 }))).toEqual(['a', '', 'b', 'c']);
    expect(texts(reduce(draft, { type: 'thread_remove', part: 1 }))).toEqual(['a', 'c']);
  });

  it('takes a file once, wherever it goes', () => {
    const use = { asset_id: 'ast_1' };
    expect(changed({ type: 'add_asset', use }, { type: 'add_asset', use }).content.assets).toEqual([use]);
    const own = changed(
      { type: 'choose', channelId: 'chan_1', on: true },
      { type: 'add_asset', use, channelId: 'chan_1' },
    );
    expect(own.content.assets).toEqual([]);
    expect(own.chosen[0]?.overrides.assets).toEqual([use]);
  });

  it('puts files in the order in which they were chosen, whichever arrived first', () => {
    const ids = (...changes: Change[]) => changed(...changes).content.assets.map((use) => use.asset_id);
    expect(
      ids(
        { type: 'add_asset', use: { asset_id: 'third' } },
        { type: 'add_asset', use: { asset_id: 'first' }, later: ['third'] },
        { type: 'add_asset', use: { asset_id: 'second' }, later: ['third'] },
      ),
    ).toEqual(['first', 'second', 'third']);
  });

  it('a channel is chosen once, and an override that is taken back leaves no trace', () => {
    const draft = changed(
      { type: 'choose', channelId: 'chan_1', on: true },
      { type: 'choose', channelId: 'chan_1', on: true },
      { type: 'override', channelId: 'chan_1', part: { text: 'Mine' } },
      { type: 'mode', channelId: 'chan_1', mode: 'draft' },
    );
    expect(draft.chosen).toEqual([{ channelId: 'chan_1', mode: 'draft', overrides: { text: 'Mine' } }]);
    expect(
      reduce(draft, { type: 'override', channelId: 'chan_1', part: { text: undefined } }).chosen[0]?.overrides,
    ).toEqual({});
    expect(reduce(draft, { type: 'choose', channelId: 'chan_1', on: false }).chosen).toEqual([]);
  });

  it('forgets the choice of an instant when the wall time changes', () => {
    const chosen = changed(
      { type: 'when', when: { local: '2026-10-25T02:30' } },
      { type: 'when', when: { choice: 'later' } },
    );
    expect(chosen.when).toEqual({ local: '2026-10-25T02:30', zone: 'Europe/Berlin', choice: 'later' });
    expect(reduce(chosen, { type: 'when', when: { local: '2026-10-25T03:30' } }).when.choice).toBeUndefined();
  });

  it('knows whether anything was written', () => {
    expect(isWritten(changed({ type: 'choose', channelId: 'chan_1', on: true }))).toBe(false);
    expect(isWritten(changed({ type: 'text', value: ' ' }))).toBe(false);
    expect(isWritten(changed({ type: 'first_comment', value: 'x' }))).toBe(true);
    expect(
      isWritten(changed({ type: 'content_type', value: 'thread' }, { type: 'thread_text', part: 1, value: 'x' })),
    ).toBe(true);
  });
});
