import { describe, expect, it } from 'vitest';
import { clock, fileSize, initials, line, paragraph, took } from './format.ts';

describe('format', () => {
  it.each([
    ['Acme Coffee', 'AC'],
    ['  ada  king  lovelace ', 'AL'],
    ['bäckerei', 'B'],
    ['☕', '☕'],
    ['', '?'],
  ])('takes the first letters of %j', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [99_900, '99.9 kB'],
    [999_600, '1.0 MB'],
    [500_000_000, '500 MB'],
  ])('writes %d bytes', (bytes, expected) => {
    expect(fileSize(bytes)).toBe(expected);
  });

  it.each([
    [3_000, '0:03'],
    [63_400, '1:03'],
    [3_800_000, '1:03:20'],
  ])('writes %d ms as a film does', (ms, expected) => {
    expect(clock(ms)).toBe(expected);
  });

  it('writes a duration in the unit that reads best', () => {
    expect([took(12.4), took(2_340), took(65_000)]).toEqual(['12 ms', '2.3 s', '1:05 min']);
  });

  it('says nothing twice in one line', () => {
    expect(line(['', 'Profile', '@ada', 'profile'])).toBe('Profile · @ada');
  });

  it('sentences that stand together each end', () => {
    expect(paragraph(['The token was revoked by the user', 'Reconnect to publish again.'])).toBe(
      'The token was revoked by the user. Reconnect to publish again.',
    );
    expect(paragraph(['', 'Is it there?', ' “Yes.” ', 'Then go on'])).toBe('Is it there? “Yes.” Then go on.');
  });
});
