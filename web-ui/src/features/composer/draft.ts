/** What is being written, and every way it changes. Pure: the page holds one of these in a reducer. */
import type { AssetUse, ContentType, Link, Mode, Overrides, Poll, Schedule } from '../../api/types.ts';
import { emptyContent, type PostContent } from '../../lib/content.ts';
import { parseHashtags } from '../../lib/render.ts';

/** A wall time as typed; empty while none is. */
export interface When {
  local: string;
  zone: string;
  /** Which instant is meant when the clock is changed over `local`. */
  choice?: Schedule['choice'];
}

/** A channel that was chosen, with what it says otherwise. */
export interface Chosen {
  channelId: string;
  mode: Mode;
  overrides: Overrides;
  when?: When;
}

export interface Draft {
  content: PostContent;
  /** The hashtag field as typed; the list is read from it. */
  typedHashtags: string;
  chosen: Chosen[];
  when: When;
}

export type Change =
  | { type: 'replace'; draft: Draft }
  | { type: 'content_type'; value: ContentType; parts?: string[] }
  | { type: 'title' | 'text' | 'first_comment'; value: string }
  | { type: 'hashtags'; typed: string }
  | { type: 'assets'; uses: AssetUse[]; part?: number }
  | { type: 'add_asset'; use: AssetUse; later?: readonly string[]; part?: number; channelId?: string }
  | { type: 'link'; link: Link | null }
  | { type: 'poll'; poll: Poll }
  | { type: 'thread_text'; part: number; value: string }
  | { type: 'thread_add'; after: number }
  | { type: 'thread_remove'; part: number }
  | { type: 'thread_move'; part: number; by: -1 | 1 }
  | { type: 'thread_split'; parts: string[] }
  | { type: 'choose'; channelId: string; on: boolean }
  | { type: 'mode'; channelId: string; mode: Mode }
  | { type: 'override'; channelId: string; part: Partial<Overrides> }
  | { type: 'when'; when: Partial<When> }
  | { type: 'channel_when'; channelId: string; when?: When };

export const emptyPoll: Poll = { question: '', options: ['', ''], duration_minutes: 3 * 24 * 60 };

export function emptyDraft(zone: string, contentType: ContentType = 'text'): Draft {
  return { content: emptyContent(contentType), typedHashtags: '', chosen: [], when: { local: '', zone } };
}

/** Whether a person wrote anything that would be a pity to lose. */
export function isWritten({ content, typedHashtags }: Draft): boolean {
  return (
    [
      content.title,
      content.text,
      content.first_comment,
      typedHashtags,
      content.link?.url ?? '',
      content.poll?.question ?? '',
    ].some((text) => text.trim() !== '') ||
    content.assets.length > 0 ||
    content.thread.some((part) => (part.text ?? '').trim() !== '' || (part.assets ?? []).length > 0) ||
    (content.poll?.options ?? []).some((option) => option.trim() !== '')
  );
}

const withContent = (draft: Draft, part: Partial<PostContent>): Draft => ({
  ...draft,
  content: { ...draft.content, ...part },
});

function withPart(
  draft: Draft,
  index: number,
  change: (part: PostContent['thread'][number]) => PostContent['thread'][number],
): Draft {
  return withContent(draft, { thread: draft.content.thread.map((part, at) => (at === index ? change(part) : part)) });
}

function withChosen(draft: Draft, channelId: string, change: (chosen: Chosen) => Chosen): Draft {
  return { ...draft, chosen: draft.chosen.map((item) => (item.channelId === channelId ? change(item) : item)) };
}

/** Overrides without those that were taken back. */
function trimmedOverrides(overrides: Overrides): Overrides {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined && value !== null));
}

/** A type keeps all that was written; what it needs and does not have yet is laid out empty. */
function changeType(draft: Draft, type: ContentType, parts?: string[]): Draft {
  const { content } = draft;
  const next: Partial<PostContent> = { content_type: type };
  if (type === 'poll' && !content.poll) next.poll = emptyPoll;
  if (type === 'link' && !content.link) next.link = { url: '' };
  if (type === 'thread' && content.thread.length === 0) {
    const texts = parts && parts.length > 0 ? parts : [content.text];
    next.thread = texts.map((text, index) => ({ text, assets: index === 0 ? content.assets : [] }));
    while (next.thread.length < 2) next.thread.push({ text: '', assets: [] });
  }
  if (content.content_type === 'thread' && type !== 'thread' && content.text.trim() === '') {
    next.text = content.thread
      .map((part) => part.text ?? '')
      .filter((text) => text.trim() !== '')
      .join('\n\n');
    next.assets = content.assets.length > 0 ? content.assets : content.thread.flatMap((part) => part.assets ?? []);
  }
  return withContent(draft, next);
}

const unique = (uses: AssetUse[]): AssetUse[] =>
  uses.filter((use, index) => uses.findIndex((other) => other.asset_id === use.asset_id) === index);

/** A file among the others in the order in which they were chosen, whichever arrived first. */
function withUse(uses: AssetUse[] | null | undefined, { use, later = [] }: Extract<Change, { type: 'add_asset' }>) {
  const before = (uses ?? []).findIndex((other) => later.includes(other.asset_id));
  return unique((uses ?? []).toSpliced(before < 0 ? Number.POSITIVE_INFINITY : before, 0, use));
}

export function reduce(draft: Draft, change: Change): Draft {
  switch (change.type) {
    case 'replace':
      return change.draft;
    case 'content_type':
      return changeType(draft, change.value, change.parts);
    case 'title':
    case 'text':
    case 'first_comment':
      return withContent(draft, { [change.type]: change.value });
    case 'hashtags':
      return { ...withContent(draft, { hashtags: parseHashtags(change.typed) }), typedHashtags: change.typed };
    case 'assets':
      return change.part === undefined
        ? withContent(draft, { assets: unique(change.uses) })
        : withPart(draft, change.part, (part) => ({ ...part, assets: unique(change.uses) }));
    case 'add_asset':
      if (change.channelId) {
        return withChosen(draft, change.channelId, (item) => ({
          ...item,
          overrides: { ...item.overrides, assets: withUse(item.overrides.assets, change) },
        }));
      }
      return change.part === undefined
        ? withContent(draft, { assets: withUse(draft.content.assets, change) })
        : withPart(draft, change.part, (part) => ({ ...part, assets: withUse(part.assets, change) }));
    case 'link':
      return withContent(draft, { link: change.link });
    case 'poll':
      return withContent(draft, { poll: change.poll });
    case 'thread_text':
      return withPart(draft, change.part, (part) => ({ ...part, text: change.value }));
    case 'thread_add': {
      const thread = [...draft.content.thread];
      thread.splice(change.after + 1, 0, { text: '', assets: [] });
      return withContent(draft, { thread });
    }
    case 'thread_remove':
      return withContent(draft, { thread: draft.content.thread.filter((_, index) => index !== change.part) });
    case 'thread_move': {
      const thread = [...draft.content.thread];
      const to = change.part + change.by;
      const [moved] = to < 0 || to >= thread.length ? [] : thread.splice(change.part, 1);
      if (moved) thread.splice(to, 0, moved);
      return withContent(draft, { thread });
    }
    case 'thread_split': {
      const [first] = draft.content.thread;
      return withContent(draft, {
        thread: change.parts.map((text, index) => ({ text, assets: index === 0 ? (first?.assets ?? []) : [] })),
      });
    }
    case 'choose': {
      const there = draft.chosen.some((item) => item.channelId === change.channelId);
      if (there === change.on) return draft;
      return {
        ...draft,
        chosen: change.on
          ? [...draft.chosen, { channelId: change.channelId, mode: 'publish', overrides: {} }]
          : draft.chosen.filter((item) => item.channelId !== change.channelId),
      };
    }
    case 'mode':
      return withChosen(draft, change.channelId, (item) => ({ ...item, mode: change.mode }));
    case 'override':
      return withChosen(draft, change.channelId, (item) => ({
        ...item,
        overrides: trimmedOverrides({ ...item.overrides, ...change.part }),
      }));
    case 'when': {
      const moved = change.when.local !== undefined || change.when.zone !== undefined;
      // A choice between two instants holds for the wall time it was made for.
      return { ...draft, when: { ...draft.when, ...(moved ? { choice: undefined } : {}), ...change.when } };
    }
    case 'channel_when':
      return withChosen(draft, change.channelId, (item) => ({ ...item, when: change.when }));
  }
}
