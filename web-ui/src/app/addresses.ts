/** What the address may say of a screen; whatever it says else is passed over. */
import type { ContentType, PostStatus } from '../api/types.ts';

type Raw = Record<string, unknown>;

export const contentTypes: ContentType[] = [
  'text',
  'image',
  'carousel',
  'video',
  'reel',
  'story',
  'gif',
  'document',
  'link',
  'poll',
  'thread',
];
export const postStatuses: PostStatus[] = [
  'draft',
  'scheduled',
  'publishing',
  'published',
  'partially_failed',
  'failed',
  'action_required',
  'canceled',
];

const text = (value: unknown, max = 200): string | undefined =>
  typeof value === 'string' && value !== ''
    ? value.slice(0, max)
    : typeof value === 'number'
      ? String(value)
      : undefined;
const oneOf = <T extends string>(value: unknown, all: readonly T[]): T | undefined =>
  all.find((item) => item === value);
const day = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;

export interface LibrarySearch {
  q?: string;
  status?: PostStatus;
  type?: ContentType;
  channel?: string;
  from?: string;
  to?: string;
}

export function librarySearch(raw: Raw): LibrarySearch {
  return {
    q: text(raw.q),
    status: oneOf(raw.status, postStatuses),
    type: oneOf(raw.type, contentTypes),
    channel: text(raw.channel),
    from: day(raw.from),
    to: day(raw.to),
  };
}

export interface CalendarSearch {
  view?: 'month' | 'list';
  date?: string;
  status?: PostStatus;
  type?: ContentType;
  channel?: string;
}

export function calendarSearch(raw: Raw): CalendarSearch {
  return {
    view: oneOf(raw.view, ['month', 'list'] as const),
    date: day(raw.date),
    status: oneOf(raw.status, postStatuses),
    type: oneOf(raw.type, contentTypes),
    channel: text(raw.channel),
  };
}

export interface ComposeSearch {
  post?: string;
  date?: string;
}

export function composeSearch(raw: Raw): ComposeSearch {
  return { post: text(raw.post), date: day(raw.date) };
}
