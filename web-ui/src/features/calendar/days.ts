/** Days of the calendar, as `2026-11-24`; arithmetic on days knows no clock and no zone. */
import { instantOf } from '../../lib/zones.ts';

const dayMs = 86_400_000;
const parse = (day: string) => Date.parse(`${day}T00:00:00Z`);
const format = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: string, count: number): string => format(parse(day) + count * dayMs);

export const monthOf = (day: string): string => day.slice(0, 7);

/** The first day of the month that is so many months away. */
export function addMonths(day: string, count: number): string {
  const [year = 1970, month = 1] = day.split('-').map(Number);
  return format(Date.UTC(year, month - 1 + count, 1));
}

/** `November 2026`. */
export function monthName(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    parse(`${monthOf(day)}-01`),
  );
}

/** `Tuesday, 24 November`. */
export function dayName(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    parse(day),
  );
}

/** The instants between which everything lies that a month's grid shows, in a zone. */
export function monthRange(day: string, zone: string): { from: string; to: string } {
  const first = `${monthOf(day)}-01`;
  const from = instantOf(`${addDays(first, -7)}T00:00`, zone);
  const to = instantOf(`${addDays(addMonths(day, 1), 7)}T00:00`, zone);
  return { from: (from ?? new Date(parse(first))).toISOString(), to: (to ?? new Date(parse(first))).toISOString() };
}
