/** What a forecast says, for people. */
import type { ChannelForecast, Problem } from '../../api/types.ts';
import { plural, spanOf } from '../../lib/format.ts';
import { dateTime } from '../../lib/zones.ts';
import type { Tone } from '../../ui/Pill.tsx';

export interface Saying {
  tone: Tone;
  /** One line that says it all. */
  text: string;
  /** Why, and what to do, where there is a reason. */
  because?: Problem;
}

/** What will become of a post on a channel, in a line. */
export function sayingOf(channel: ChannelForecast, zone: string): Saying {
  const at = channel.due_at && (channel.goes_at ?? channel.due_at);
  const when = at ? dateTime(at, zone) : 'at once';
  const [first] = channel.problems;
  switch (channel.verdict) {
    case 'will_publish':
      return {
        tone: 'green',
        text: channel.ends_as === 'drafted' ? `Will be left as a draft there ${when}` : `Will publish ${when}`,
        because: first,
      };
    case 'will_wait':
      return {
        tone: 'amber',
        text: channel.goes_at ? `Will wait until ${dateTime(channel.goes_at, zone)}` : 'Will wait',
        because: channel.problems.find((problem) => problem.code === 'quota.full') ?? first,
      };
    case 'by_hand':
      return { tone: 'violet', text: `Will be ready to post by hand ${when}`, because: first };
    case 'will_not_publish':
      return { tone: 'red', text: 'Will not publish', because: first };
  }
}

/** All channels in one line, worst first: `1 will not publish, 2 will publish`. */
export function summaryOf(channels: readonly ChannelForecast[]): string {
  const names: [ChannelForecast['verdict'], string][] = [
    ['will_not_publish', 'will not publish'],
    ['will_wait', 'will wait'],
    ['by_hand', 'will be ready to post by hand'],
    ['will_publish', 'will publish'],
  ];
  const parts = names.flatMap(([verdict, name]) => {
    const count = channels.filter((channel) => channel.verdict === verdict).length;
    return count > 0 ? [`${plural(count, 'channel')} ${name}`] : [];
  });
  return parts.join(', ');
}

/** The room that is left in the hour, and in what the network itself counts. */
export function roomOf(channel: ChannelForecast, zone: string): string[] {
  const lines = [
    `${channel.hour_left} of ${channel.hour_max} posts free in the hour before${
      channel.next_free_at ? `; room again ${dateTime(channel.next_free_at, zone)}` : ''
    }`,
  ];
  for (const quota of channel.quotas)
    lines.push(
      `${Math.max(0, quota.limit - quota.used)} of ${quota.limit} left for this channel at the network in any ${spanOf(quota.window_ms)}`,
    );
  return lines;
}

/** Whether the access to the channel lasts. */
export function accessOf(channel: ChannelForecast, zone: string): string {
  const ends = channel.access_ends_at ? dateTime(channel.access_ends_at, zone) : undefined;
  const usable = channel.channel.status === 'active' || channel.channel.status === 'expiring';
  if (!channel.access_holds) return ends && usable ? `Does not hold then: it ends ${ends}` : 'Does not hold';
  return ends ? `Holds; it ends ${ends}` : 'Holds';
}
