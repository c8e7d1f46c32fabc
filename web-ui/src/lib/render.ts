import type { PostContent } from './content.ts';
import type { Offer } from './rules.ts';

/** The text that is really sent: the words, then the hashtags. Twin of `core::text::render`. */

/** A hashtag as it is appended: with one `#`, without spaces; empty if nothing is left. */
export function normalizedHashtag(tag: string): string {
  const bare = tag
    .trim()
    .replace(/^[#＃]+/u, '')
    .replace(/\s+/gu, '');
  return bare === '' ? '' : `#${bare}`;
}

/** Appends the hashtags after a blank line, each once; one that stands in the text already (in any case) is left out. */
export function withHashtags(text: string, hashtags: readonly string[]): string {
  const seen = new Set(
    text
      .split(/\s+/u)
      .filter((word) => word.startsWith('#'))
      .map((word) => word.replace(/[^\p{L}\p{N}_]+$/u, '').toLowerCase()),
  );
  const appended: string[] = [];
  for (const raw of hashtags) {
    const tag = normalizedHashtag(raw);
    const folded = tag.toLowerCase();
    if (tag === '' || seen.has(folded)) continue;
    seen.add(folded);
    appended.push(tag);
  }
  const body = text.trimEnd();
  if (appended.length === 0) return body;
  return body === '' ? appended.join(' ') : `${body}\n\n${appended.join(' ')}`;
}

/** What a person typed as a comma-separated list. */
export function parseHashtags(typed: string): string[] {
  return typed
    .split(/[,\n]/)
    .map(normalizedHashtag)
    .filter(
      (tag, index, all) => tag !== '' && all.findIndex((other) => other.toLowerCase() === tag.toLowerCase()) === index,
    );
}

/** A post's words as one network gets them. Twin of `core::rules::render`. */
export interface Rendered {
  /** The text, hashtags appended; empty if the network gets none. Of a thread: empty. */
  text: string;
  /** The texts of a thread's parts, hashtags on the last. */
  parts: string[];
}

export function rendered(content: PostContent, offer: Offer): Rendered {
  if (!offer.text.sent) return { text: '', parts: [] };
  if (content.content_type === 'thread') {
    const last = content.thread.length - 1;
    return {
      text: '',
      parts: content.thread.map((part, index) =>
        index === last ? withHashtags(part.text ?? '', content.hashtags) : (part.text ?? '').trimEnd(),
      ),
    };
  }
  let text = content.text.trimEnd();
  const append = (given: string) => {
    const more = given.trim();
    if (more !== '' && !text.includes(more)) text = text === '' ? more : `${text}\n\n${more}`;
  };
  if (content.content_type === 'poll' && offer.poll && offer.poll.question === null && content.poll)
    append(content.poll.question);
  if (content.content_type === 'link' && offer.link?.place === 'text' && content.link) append(content.link.url);
  return { text: withHashtags(text, content.hashtags), parts: [] };
}
