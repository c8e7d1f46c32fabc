import { expect, it } from 'vitest';
import { entities } from './entities.ts';

const bare = ['com', 'uk'];
const all = (text: string) =>
  entities(text, bare).map((found) => `${found.kind} ${text.slice(found.start, found.end)}`);

it.each([
  ['Read https://a.example/x_(y). Now', ['url https://a.example/x_(y)']],
  ['(https://a.example)', ['url https://a.example']],
  ['https://', []],
  ['go to example.com, please', ['url example.com']],
  ['shop.example.co.uk/a?b=1', ['url shop.example.co.uk/a?b=1']],
  ['i.e. this.That and e.g. that', []],
  ['mail ana@example.com today', []],
  ['hi @ana and @bob.bsky.social.', ['mention @ana', 'mention @bob.bsky.social']],
  ['#Kaffee #2026 #top10 a#b #über_alles', ['hashtag #Kaffee', 'hashtag #top10', 'hashtag #über_alles']],
  ['$ABC costs $5, US$ABC no, $ABCDEFGH no', ['cashtag $ABC']],
  ['https://a.example/#top @x', ['url https://a.example/#top', 'mention @x']],
])('finds in %j what a reader sees', (text, expected) => {
  expect(all(text)).toEqual(expected);
});
