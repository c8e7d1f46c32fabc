/** What is wrong, in the order in which a person mends it. */
import type { Problem } from '../../api/types.ts';

const same = (a: Problem, b: Problem) =>
  a.code === b.code &&
  a.field === b.field &&
  (a.network ?? null) === (b.network ?? null) &&
  (a.channel_id ?? null) === (b.channel_id ?? null);

/** The page's own findings, then what only the server knows; errors first. */
export function merged(own: readonly Problem[], server: readonly Problem[]): Problem[] {
  const all = [...own, ...server.filter((problem) => !own.some((other) => same(other, problem)))];
  return all.sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}

/** For showing: what holds for several channels of a network in the same words is said once. */
export function toldOnce(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const words = `${problem.field} ${problem.code} ${problem.network ?? ''} ${problem.message}`;
    return !seen.has(words) && seen.add(words);
  });
}

/** The element that a problem's field is on the page. */
export function elementFor(field: string): string {
  const top = field.split('.')[0] ?? field;
  return `field-${top}`;
}

/** Problems of one channel: its own, and those of its network. */
export function ofChannel(problems: readonly Problem[], channel: { id: string; network: string }): Problem[] {
  return problems.filter((problem) =>
    problem.channel_id ? problem.channel_id === channel.id : problem.network === channel.network,
  );
}
