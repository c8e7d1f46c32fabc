import { expect, it } from 'vitest';
import { addDays, addMonths, dayName, monthName, monthRange } from './days.ts';

it('counts days and months over the ends of months and years', () => {
  expect([
    addDays('2026-12-31', 1),
    addDays('2028-03-01', -1),
    addMonths('2026-12-15', 1),
    addMonths('2026-01-31', -1),
  ]).toEqual(['2027-01-01', '2028-02-29', '2027-01-01', '2025-12-01']);
  expect([monthName('2026-11-24'), dayName('2026-11-24')]).toEqual(['November 2026', 'Tuesday 24 November']);
});

it('asks for the whole grid of a month as the zone has it', () => {
  expect(monthRange('2026-11-24', 'Europe/Berlin')).toEqual({
    from: '2026-10-24T22:00:00.000Z',
    to: '2026-12-07T23:00:00.000Z',
  });
});
