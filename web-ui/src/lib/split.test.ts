import { expect, it } from 'vitest';
import { count } from './count.ts';
import { split } from './split.ts';

const counting = { url_weight: 23, weighted_light_ranges: [[0, 4351]] as [number, number][], bare_endings: ['com'] };

it.each([
  ['short', 10, ['short']],
  ['', 10, []],
  ['One sentence. Two more.', 15, ['One sentence.', 'Two more.']],
  ['alpha beta gamma', 10, ['alpha beta', 'gamma']],
  ['aaaaaaaaaa', 4, ['aaaa', 'aaaa', 'aa']],
  ['First part\n\nSecond', 14, ['First part', 'Second']],
])('breaks %j where it pauses', (text, max, expected) => {
  expect(split(text, 'graphemes', max, counting)).toEqual(expected);
});

it('makes no part too long and loses no word', () => {
  const text =
    'Kaffee und Kuchen. Wir backen jeden Tag frisch! Kommt vorbei: https://example.com/angebote/heute 🙂 bis morgen.';
  const bare = (words: string) => words.replace(/\s/g, '');
  for (let max = 24; max < 120; max += 1) {
    const parts = split(text, 'weighted', max, counting);
    expect(parts.every((part) => count('weighted', part, counting) <= max)).toBe(true);
    expect(bare(parts.join(''))).toBe(bare(text));
  }
});
