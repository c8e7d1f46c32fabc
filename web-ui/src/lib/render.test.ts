import { expect, it } from 'vitest';
import { parseHashtags, withHashtags } from './render.ts';

it.each([
  ['Hi', [], 'Hi'],
  ['Hi', ['a', '#b', ' # c d '], 'Hi\n\n#a #b #cd'],
  ['Hi #Coffee!', ['coffee', 'tea', '#TEA'], 'Hi #Coffee!\n\n#tea'],
  ['', ['a'], '#a'],
  ['Hi  \n', ['', '#'], 'Hi'],
])('appends to %j the hashtags %j after a blank line, each once', (text, hashtags, expected) => {
  expect(withHashtags(text, hashtags)).toBe(expected);
});

it('reads a comma-separated list', () => {
  expect(parseHashtags('coffee, #Tea,, COFFEE ,oat milk,')).toEqual(['#coffee', '#Tea', '#oatmilk']);
});
