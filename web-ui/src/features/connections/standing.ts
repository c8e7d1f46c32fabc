import type { ChannelStatus, ChannelView } from '../../api/types.ts';
import { spanOf } from '../../lib/format.ts';
import { dateTime, fromNow } from '../../lib/zones.ts';
import type { Tone } from '../../ui/Pill.tsx';

/** What a channel's status is called, how it is coloured and what to do about it. */
export const standings: Record<ChannelStatus, { label: string; tone: Tone; advice: string }> = {
  active: { label: 'Active', tone: 'green', advice: '' },
  expiring: {
    label: 'Ends soon',
    tone: 'amber',
    advice: 'Reconnect before the access ends, or what is due later will fail.',
  },
  expired: { label: 'Access ended', tone: 'red', advice: 'Reconnect to publish again. Scheduled posts are kept.' },
  revoked: { label: 'Access taken away', tone: 'red', advice: 'Reconnect to publish again. Scheduled posts are kept.' },
  missing_permission: {
    label: 'Permission missing',
    tone: 'amber',
    advice: 'Reconnect and leave every permission ticked.',
  },
  disconnected: { label: 'Disconnected', tone: 'grey', advice: 'Connect it again to use it.' },
};

/** Whether a post can go out on it. */
export function usable(channel: { status: ChannelStatus; halted_at?: string | null }): boolean {
  return (channel.status === 'active' || channel.status === 'expiring') && !channel.halted_at;
}

export function atHandle(handle: string): string {
  return handle === '' ? '' : `@${handle.replace(/^@/, '')}`;
}

/** When the access ends or ended. Nothing where a network took it away: what day it would have held until is no comfort. */
export function accessLine(
  { status, access_ends_at: at }: Pick<ChannelView, 'status' | 'access_ends_at'>,
  zone: string,
  now: number,
): string {
  if (status === 'revoked' || status === 'disconnected') return '';
  const when = at ? `${dateTime(at, zone)} (${fromNow(at, now)})` : '';
  if (status === 'expired') return at && Date.parse(at) <= now ? `Access ended ${when}` : '';
  return at ? `Access ends ${when}` : 'Access does not run out';
}

/** How much of its quotas is used: those that something counts in, or that are full. */
export function quotaLines({ quotas }: Pick<ChannelView, 'quotas'>, zone: string): string[] {
  return quotas
    .filter((quota) => quota.used > 0 || quota.free_at)
    .map((quota) => {
      const what = quota.content_types.length > 0 ? `${quota.content_types.join(' and ')} posts` : 'posts';
      const full = quota.free_at ? `; room again ${dateTime(quota.free_at, zone)}` : '';
      return `${quota.used} of ${quota.limit} ${what} in the last ${spanOf(quota.window_ms)}${full}`;
    });
}

/** When the network was last asked about it; `Verified` only where the answer was good. */
export function verifiedLine(channel: Pick<ChannelView, 'status' | 'verified_at'>, now: number): string {
  if (!channel.verified_at) return 'Not verified yet';
  const good = channel.status === 'active' || channel.status === 'expiring';
  return `${good ? 'Verified' : 'Last checked'} ${fromNow(channel.verified_at, now)}`;
}

/** Those that need a person come first, then by network and name; disconnected ones last. */
export function inOrder(channels: readonly ChannelView[]): ChannelView[] {
  const rank = (channel: ChannelView) =>
    channel.status === 'disconnected' ? 2 : usable(channel) && channel.status === 'active' ? 1 : 0;
  return [...channels].sort(
    (a, b) => rank(a) - rank(b) || a.network.localeCompare(b.network) || a.name.localeCompare(b.name),
  );
}
