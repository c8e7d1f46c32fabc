/** Splits a long text into parts for a thread. Twin of `core::text::split`. */
import { clusters, count } from './count.ts';
import type { Counter, Counting } from './rules.ts';

/** Parts of at most `max`, broken after a paragraph, else a sentence, else a word, and only if a word itself is too long, within it. */
export function split(text: string, counter: Counter, max: number, counting: Counting): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest !== '' && max > 0) {
    if (count(counter, rest, counting) <= max) {
      parts.push(rest);
      break;
    }
    const at = cut(rest, counter, max, counting);
    parts.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return parts;
}

function cut(text: string, counter: Counter, max: number, counting: Counting): number {
  const fits = (end: number) => end > 0 && count(counter, text.slice(0, end).trimEnd(), counting) <= max;
  let longest = 0;
  let end = 0;
  for (const cluster of clusters(text)) {
    end += cluster.length;
    if (!fits(end)) break;
    longest = end;
  }
  if (longest === 0) longest = clusters(text)[0]?.length ?? text.length;
  const head = text.slice(0, longest);
  const after = (mark: string) => {
    const at = head.lastIndexOf(mark);
    return at < 0 ? undefined : at + mark.length;
  };
  const worthwhile = (at: number | undefined) => (at !== undefined && at * 2 >= longest ? at : undefined);
  const ends = ['. ', '! ', '? ', '。', '\n'].map(after).filter((at) => at !== undefined);
  const sentence = ends.length > 0 ? Math.max(...ends) : undefined;
  const space = /\s(?=\S*$)/u.exec(head);
  const word = /^\s/u.test(text.slice(longest)) ? longest : space ? space.index + 1 : undefined;
  const chosen = worthwhile(after('\n\n')) ?? worthwhile(sentence) ?? word;
  return chosen !== undefined && fits(chosen) ? chosen : longest;
}
