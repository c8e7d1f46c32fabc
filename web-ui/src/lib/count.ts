/** How long a text is, as each network counts. Twin of `core::text::count`; its figures come from the rules table. */
import { entities, hasScheme } from './entities.ts';
import type { Counter, Counting } from './rules.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const encoder = new TextEncoder();

export const clusters = (text: string): string[] => Array.from(segmenter.segment(text), (part) => part.segment);
const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};
const byteLength = (text: string): number => encoder.encode(text).length;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII.
const ascii = /^[\u0000-\u007f]*$/;
const pictograph = /\p{Emoji_Presentation}|\p{Emoji}\uFE0F|[#*0-9]\u20E3|(?![©®™])\p{Extended_Pictographic}/u;

/** Whether one grapheme cluster is shown as an emoji. U+FE0E asks for the text form. */
export function isEmoji(cluster: string): boolean {
  return !ascii.test(cluster) && !cluster.includes('\uFE0E') && pictograph.test(cluster);
}

function weighted(given: string, counting: Counting): number {
  const text = given.normalize('NFC');
  const light = (code: number) => counting.weighted_light_ranges.some(([first, last]) => code >= first && code <= last);
  const weigh = (part: string) => {
    let total = 0;
    for (const cluster of clusters(part)) {
      if (isEmoji(cluster)) total += 2;
      else for (const point of cluster) total += light(point.codePointAt(0) ?? 0) ? 1 : 2;
    }
    return total;
  };
  let total = 0;
  let from = 0;
  for (const found of entities(text, counting.bare_endings)) {
    if (found.kind !== 'url') continue;
    total += weigh(text.slice(from, found.start)) + counting.url_weight;
    from = found.end;
  }
  return total + weigh(text.slice(from));
}

function mastodon(text: string, counting: Counting): number {
  let total = 0;
  let from = 0;
  for (const found of entities(text, counting.bare_endings)) {
    let counted: number;
    if (found.kind === 'url' && hasScheme(found.value)) counted = counting.url_weight;
    else if (found.kind === 'mention') counted = 1 + clusters(found.value.split('@')[0] ?? '').length;
    else continue;
    total += clusters(text.slice(from, found.start)).length + counted;
    from = found.end;
  }
  return total + clusters(text.slice(from)).length;
}

export function count(counter: Counter, text: string, counting: Counting): number {
  switch (counter) {
    case 'chars':
      return codePoints(text);
    case 'graphemes':
      return clusters(text).length;
    case 'utf16':
      return text.length;
    case 'bytes':
      return byteLength(text);
    case 'weighted':
      return weighted(text, counting);
    case 'mastodon':
      return mastodon(text, counting);
    case 'threads':
      return clusters(text).reduce(
        (total, cluster) => total + (isEmoji(cluster) ? byteLength(cluster) : codePoints(cluster)),
        0,
      );
  }
}

export const noun = (counter: Counter): string => (counter === 'bytes' ? 'bytes' : 'characters');
