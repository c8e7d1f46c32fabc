/** Instants, wall time and zones for showing. What a typed wall time means is decided by the server, never here. */

const shape = (zone: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options });

export function readerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

let zones: string[] | undefined;
/** Every zone that this browser can show, UTC first. */
export function allZones(): string[] {
  zones ??= ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  return zones;
}

function parts(at: Date, zone: string): Record<string, string> {
  const format = shape(zone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}

/** Wall time of an instant in a zone: `2026-11-24T09:30`. */
export function wallTime(at: Date | string, zone: string): string {
  const p = parts(new Date(at), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/** Wall time in a zone that is not before an instant, with seconds only if there are any: `2026-11-24T09:30:15`. */
export function wallTimeFrom(at: Date | string, zone: string): string {
  const whole = new Date(Math.ceil(new Date(at).getTime() / 1000) * 1000);
  const { second = '00' } = parts(whole, zone);
  return second === '00' ? wallTime(whole, zone) : `${wallTime(whole, zone)}:${second}`;
}

/** Day of an instant in a zone: `2026-11-24`. */
export function dayIn(at: Date | string, zone: string): string {
  return wallTime(at, zone).slice(0, 10);
}

/** `24 Nov 2026, 09:30`. */
export function dateTime(at: Date | string, zone: string): string {
  return shape(zone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(at));
}

/** `24 Nov 2026, 09:30:07`, for history. */
export function dateTimeSeconds(at: Date | string, zone: string): string {
  return shape(zone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(at));
}

export function timeOnly(at: Date | string, zone: string): string {
  return shape(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** Minutes that a zone is ahead of UTC at an instant. */
export function offsetMinutes(at: Date | string, zone: string): number {
  const date = new Date(at);
  const p = parts(date, zone);
  const asUtc = Date.UTC(
    Number(p.year),
    Number(p.month) - 1,
    Number(p.day),
    Number(p.hour),
    Number(p.minute),
    Number(p.second),
  );
  return Math.round((asUtc - Math.floor(date.getTime() / 1000) * 1000) / 60_000);
}

/** `UTC+1`: how far a zone is ahead at an instant. */
export function offsetLabel(zone: string, at: Date | string): string {
  const minutes = offsetMinutes(at, zone);
  const sign = minutes < 0 ? '−' : '+';
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return minutes === 0 ? 'UTC' : `UTC${sign}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

/** `Europe/London (UTC+1)`, as it holds at an instant. */
export function zoneLabel(zone: string, at: Date | string): string {
  return zone === 'UTC' ? 'UTC' : `${zone.replaceAll('_', ' ')} (${offsetLabel(zone, at)})`;
}

/** Whether two zones show another wall time at an instant. */
export function zonesDiffer(at: Date | string, one: string, other: string): boolean {
  return offsetMinutes(at, one) !== offsetMinutes(at, other);
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `in 3 hours`, `5 minutes ago`, `now`. */
export function fromNow(at: Date | string, now: number): string {
  const ms = new Date(at).getTime() - now;
  for (const [unit, size] of steps) {
    if (Math.abs(ms) >= size) return relative.format(Math.trunc(ms / size), unit);
  }
  return Math.abs(ms) < 10_000 ? 'now' : ms > 0 ? 'in less than a minute' : 'less than a minute ago';
}

/**
 * The instant a wall time stands for, for showing it beside the field while it is typed. In a gap or an overlap of the
 * clock the server says which instant is meant; this takes the later reading of a gap and the first of an overlap.
 */
export function instantOf(local: string, zone: string): Date | undefined {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const before = offsetMinutes(new Date(asUtc - 86_400_000), zone);
  const after = offsetMinutes(new Date(asUtc + 86_400_000), zone);
  const candidates = [before, after].map((offset) => new Date(asUtc - offset * 60_000));
  const exact = candidates.filter((at) => wallTimeFrom(at, zone) === local).sort((a, b) => a.getTime() - b.getTime());
  return exact[0] ?? candidates[0];
}
