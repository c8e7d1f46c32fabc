/** Two letters that stand for a name where there is no picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const first = letters.map((word) => [...(word ?? '')][0] ?? '').join('');
  return (first || '?').toLocaleUpperCase();
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A file's size for people, in powers of ten as file managers show it. */
export function fileSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A length of time on a film: 0:07, 1:03:20. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** How long something took, in the unit that reads best. */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${clock(ms)} min`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A span as it stands after `any` or `the last`: `minute`, `15 minutes`, `hour`, `24 hours`. */
export function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return count === 1 ? unit : plural(count, unit);
}

/** `missing_permission` as people read it. */
export function words(key: string): string {
  const text = key.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Words with a capital at their beginning. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Words as sentences of one paragraph: each ends, whether or not whoever wrote it ended it. */
export function paragraph(parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (/[.!?…:]["”’)]*$/.test(part) ? part : `${part}.`))
    .join(' ');
}

/** What is known of a thing in one line: nothing empty, nothing twice. */
export function line(parts: readonly string[]): string {
  const seen = new Set<string>();
  return parts
    .filter((part) => {
      const folded = part.trim().toLowerCase();
      if (folded === '' || seen.has(folded)) return false;
      seen.add(folded);
      return true;
    })
    .join(' · ');
}
