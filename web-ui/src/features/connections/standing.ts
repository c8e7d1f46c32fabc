import type { ChannelStatus, ChannelView } from '../../api/types.ts';
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

/** Those that need a person come first, then by network and name; disconnected ones last. */
export function inOrder(channels: readonly ChannelView[]): ChannelView[] {
  const rank = (channel: ChannelView) =>
    channel.status === 'disconnected' ? 2 : usable(channel) && channel.status === 'active' ? 1 : 0;
  return [...channels].sort(
    (a, b) => rank(a) - rank(b) || a.network.localeCompare(b.network) || a.name.localeCompare(b.name),
  );
}
