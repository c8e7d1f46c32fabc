import type { AtRisk, CalendarEntry, DeliveryView, PostView } from '../../api/types.ts';
import { paragraph } from '../../lib/format.ts';

/** What a post is called in lists: its title, else how it begins. */
export function postName(post: Pick<PostView, 'title' | 'text' | 'content_type' | 'thread' | 'poll'>): string {
  const words = post.title || post.text || post.thread[0]?.text || post.poll?.question || '';
  const line = words.trim().split('\n')[0] ?? '';
  return line === ''
    ? `Untitled ${post.content_type}`
    : [...line].length > 90
      ? `${[...line].slice(0, 90).join('').trimEnd()}…`
      : line;
}

/** The instant that stands for a post in lists: the next that is due, else the last that was. */
export function postInstant(post: Pick<PostView, 'deliveries' | 'schedule'>, now: number): string | undefined {
  const due = post.deliveries
    .flatMap((delivery) => (delivery.state === 'canceled' || !delivery.due_at ? [] : [delivery.due_at]))
    .sort();
  return due.find((at) => Date.parse(at) >= now) ?? due.at(-1) ?? post.schedule?.at ?? undefined;
}

/** Deliveries that tell something a person must know, worst first. */
export function troubles(deliveries: readonly DeliveryView[]): DeliveryView[] {
  const rank = (delivery: DeliveryView) =>
    ['failed', 'published_in_part', 'in_doubt', 'missed', 'ready_to_post', 'deferred'].indexOf(delivery.state);
  return deliveries.filter((delivery) => rank(delivery) >= 0).sort((a, b) => rank(a) - rank(b));
}

/** Whether a delivery has a time and has still to go out. */
export function awaited(delivery: Pick<DeliveryView, 'state'>): boolean {
  return ['scheduled', 'staging', 'staged', 'deferred'].includes(delivery.state);
}

/** What of its channels puts a post at risk: what stops it before what only ends soon. */
export function riskOf(deliveries: readonly Pick<DeliveryView, 'at_risk'>[]): AtRisk | undefined {
  const risks = deliveries.flatMap((delivery) => delivery.at_risk ?? []);
  return risks.find((told) => told.risk !== 'expiring') ?? risks[0];
}

/** What happened to a delivery in one sentence, and what to do; empty while there is nothing to say. */
export function whatHappened(delivery: DeliveryView): { text: string; remedy: string } {
  switch (delivery.state) {
    case 'failed':
    case 'published_in_part':
      return { text: paragraph([delivery.failure?.message || 'It failed']), remedy: delivery.failure?.remedy ?? '' };
    case 'missed':
      return delivery.missed_why === 'not_accepted'
        ? { text: 'Its time passed before it was accepted.', remedy: 'Give it a new time, or publish it now.' }
        : delivery.missed_why === 'plan'
          ? {
              text: 'Its time passed while publishing was off on this plan.',
              remedy: 'Give it a new time once publishing is on.',
            }
          : delivery.missed_why === 'halted'
            ? {
                text: 'Its time passed while the channel was halted.',
                remedy: 'Give it a new time once the halt is lifted.',
              }
            : { text: 'It was too late to be sent by itself.', remedy: 'Publish it now, or give it a new time.' };
    case 'in_doubt':
      return delivery.waits_for_person
        ? {
            text: 'Nobody can read from the network whether the post stands there.',
            remedy: 'Look at the channel and say what you see.',
          }
        : {
            text: 'The network’s answer was lost. Postrider is looking whether the post stands there.',
            remedy: 'You need do nothing yet.',
          };
    default:
      return {
        text: delivery.kept_private ?? delivery.warning ?? delivery.held?.message ?? '',
        remedy: delivery.held?.remedy ?? '',
      };
  }
}

export function entryName(entry: CalendarEntry): string {
  return entry.title.trim() || `Untitled ${entry.content_type}`;
}
