import { describe, expect, it } from 'vitest';
import {
  dateTime,
  dayIn,
  fromNow,
  instantOf,
  offsetMinutes,
  wallTime,
  wallTimeFrom,
  zoneLabel,
  zonesDiffer,
} from './zones.ts';

const noon = '2026-11-24T12:00:00Z';

describe('zones', () => {
  it('shows an instant in the zone it is asked for', () => {
    expect(wallTime(noon, 'Asia/Kolkata')).toBe('2026-11-24T17:30');
    expect(dayIn('2026-11-24T23:30:00Z', 'Europe/Berlin')).toBe('2026-11-25');
    expect(dateTime(noon, 'America/New_York')).toBe('24 Nov 2026, 07:00');
    expect(wallTime('2026-11-24T00:00:00Z', 'UTC')).toBe('2026-11-24T00:00');
  });

  it('knows how far a zone is ahead', () => {
    expect(offsetMinutes(noon, 'America/St_Johns')).toBe(-210);
    expect(zoneLabel('Europe/London', '2026-07-01T00:00:00Z')).toBe('Europe/London (UTC+1)');
    expect(zoneLabel('America/St_Johns', noon)).toBe('America/St Johns (UTC−3:30)');
    expect(zonesDiffer(noon, 'Europe/Paris', 'Europe/Berlin')).toBe(false);
  });

  it.each([
    ['2026-11-24T09:30', 'Europe/Berlin', '2026-11-24T08:30:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-11-24T09:30:15', 'Europe/Berlin', '2026-11-24T08:30:15.000Z'],
  ])('reads %s in %s', (local, zone, expected) => {
    expect(instantOf(local, zone)?.toISOString()).toBe(expected);
  });

  it('never names a wall time before the instant', () => {
    expect(wallTimeFrom('2026-11-24T08:30:00Z', 'Europe/Berlin')).toBe('2026-11-24T09:30');
    expect(wallTimeFrom('2026-11-24T08:30:14.001Z', 'Europe/Berlin')).toBe('2026-11-24T09:30:15');
  });

  it('says how far away an instant is', () => {
    const now = Date.parse(noon);
    expect([fromNow(noon, now), fromNow('2026-11-24T15:10:00Z', now), fromNow('2026-11-23T11:00:00Z', now)]).toEqual([
      'now',
      'in 3 hours',
      'yesterday',
    ]);
  });
});
