import { expect, it } from 'vitest';
import { calendarSearch, composeSearch, librarySearch } from './addresses.ts';

it('takes from the address what it knows and passes over the rest', () => {
  expect(librarySearch({ q: 'spring', status: 'failed', type: 'reel', from: '2026-02-30x', x: 1 })).toEqual({
    q: 'spring',
    status: 'failed',
    type: 'reel',
    channel: undefined,
    from: undefined,
    to: undefined,
  });
  expect(librarySearch({ q: 2026, status: 'gone' }).q).toBe('2026');
  expect(librarySearch({ status: 'gone' }).status).toBeUndefined();
  expect(calendarSearch({ view: 'year', date: '2026-11-01' })).toMatchObject({ view: undefined, date: '2026-11-01' });
  expect(composeSearch({ post: 'post_1', date: 'soon' })).toEqual({ post: 'post_1', date: undefined });
});
