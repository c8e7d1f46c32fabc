import type { AssetKind, ContentType, Link, Mode, Overrides } from '../api/types.ts';

/** A file as a preview draws it. */
export interface PreviewMedia {
  id: string;
  kind: AssetKind;
  /** Address of the picture itself, a video's poster, a document's first page; absent where there is none. */
  thumbnail?: string;
  /** Address of the file, for playing a video. */
  source?: string;
  altText: string;
  name: string;
  width?: number;
  height?: number;
  durationMs?: number;
  pages?: number;
}

/** One channel's version of a post, as its followers will read it. */
export interface PreviewProps {
  contentType: ContentType;
  /** Name and handle of the channel. */
  name: string;
  handle: string;
  avatarUrl?: string;
  title: string;
  /** The words with the hashtags appended. */
  text: string;
  media: PreviewMedia[];
  link?: Link;
  linkImage?: string;
  poll?: { question: string; options: string[]; duration_minutes: number };
  thread: { text: string; media: PreviewMedia[] }[];
  firstComment: string;
  /** What only this network lets the post be told, by the keys of its settings. */
  settings: NonNullable<Overrides['settings']>;
  mode: Mode;
  /** When it goes out, in words. */
  when: string;
}
