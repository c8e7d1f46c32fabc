import { Avatar, Button, Group, Text } from '@mantine/core';
import type { ChannelView, ContentType } from '../../../api/types.ts';
import { initials } from '../../../lib/format.ts';
import { cellOf, offerOf, type Rules } from '../../../lib/rules.ts';
import { NetworkMark, networks } from '../../../networks/index.tsx';
import { LinkAnchor } from '../../../ui/links.tsx';
import { Dot } from '../../../ui/Pill.tsx';
import { standings, usable } from '../../connections/standing.ts';
import css from './pickers.module.css';

interface Props {
  channels: readonly ChannelView[];
  type: ContentType;
  chosen: ReadonlySet<string>;
  rules: Rules;
  projectId: string;
  onChoose: (channelId: string, on: boolean) => void;
}

/** The channels of the project: those that take the type to choose from, the others with the reason. */
export function ChannelPicker({ channels, type, chosen, rules, projectId, onChoose }: Props) {
  const taking = channels.filter((channel) => offerOf(rules, channel.network, type));
  const others = channels.filter((channel) => !offerOf(rules, channel.network, type));
  const reasons = new Map(
    others.map((channel) => {
      const cell = cellOf(rules, channel.network, type);
      return [channel.network, cell?.status === 'not_offered' ? cell.reason : ''] as const;
    }),
  );
  const conversions = new Map(
    taking
      .filter((channel) => chosen.has(channel.id))
      .flatMap((channel) => {
        const conversion = offerOf(rules, channel.network, type)?.conversion;
        return conversion ? [[channel.network, conversion] as const] : [];
      }),
  );
  const ill = taking.filter((channel) => chosen.has(channel.id) && (channel.status !== 'active' || channel.halted_at));
  const all = taking.length > 1 && taking.every((channel) => chosen.has(channel.id));

  return (
    <fieldset className={css.set} id="field-deliveries" aria-labelledby="channels-legend">
      <Group justify="space-between" mb={6}>
        {/* A legend that is not the first child names nothing. */}
        <span id="channels-legend" className={css.legend} style={{ margin: 0 }}>
          Channels
        </span>
        {taking.length > 1 && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => taking.map((channel) => onChoose(channel.id, !all))}
          >
            {all ? 'Choose none' : 'Choose all'}
          </Button>
        )}
      </Group>
      {channels.length === 0 && (
        <Text size="sm" c="dimmed">
          No channel is connected yet. You can write and save a draft;{' '}
          <LinkAnchor to="/p/$projectId/connections" params={{ projectId }}>
            connect a channel
          </LinkAnchor>{' '}
          to publish it.
        </Text>
      )}
      <div className={css.row}>
        {taking.map((channel) => (
          <label
            key={channel.id}
            className={css.channel}
            data-on={chosen.has(channel.id) ? true : undefined}
            data-testid="channel-choice"
          >
            <input
              type="checkbox"
              className={css.hidden}
              checked={chosen.has(channel.id)}
              onChange={(event) => onChoose(channel.id, event.currentTarget.checked)}
              aria-label={`${networks[channel.network].name}: ${channel.name}`}
            />
            <Face channel={channel} />
            <span className={css.name}>{channel.name}</span>
            {(channel.status !== 'active' || channel.halted_at) && (
              <Dot
                tone={channel.halted_at ? 'red' : standings[channel.status].tone}
                label={channel.halted_at ? 'Halted' : standings[channel.status].label}
              />
            )}
          </label>
        ))}
        {others.map((channel) => (
          <span key={channel.id} className={css.channel} data-off title={reasons.get(channel.network)}>
            <Face channel={channel} />
            <span className={css.name}>{channel.name}</span>
          </span>
        ))}
      </div>
      {(reasons.size > 0 || conversions.size > 0 || ill.length > 0) && (
        <ul className={css.why} aria-label="About these channels">
          {ill.map((channel) => (
            <li key={channel.id} style={{ color: usable(channel) ? undefined : 'var(--pr-amber)' }}>
              <NetworkMark network={channel.network} size={14} />
              <span>
                {channel.name}:{' '}
                {channel.halted_at ? (channel.halt_reason ?? 'halted') : standings[channel.status].label.toLowerCase()}.{' '}
                {!usable(channel) && 'It can be scheduled, not published now.'}{' '}
                <LinkAnchor to="/p/$projectId/connections" params={{ projectId }} hash={channel.id} size="sm">
                  {channel.halted_at ? 'Look at it' : 'Reconnect'}
                </LinkAnchor>
              </span>
            </li>
          ))}
          {[...conversions].map(([network, conversion]) => (
            <li key={network}>
              <NetworkMark network={network} size={14} />
              <span>{conversion}</span>
            </li>
          ))}
          {[...reasons].map(([network, reason]) => (
            <li key={network}>
              <NetworkMark network={network} size={14} />
              <span>{reason}</span>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}

function Face({ channel }: { channel: ChannelView }) {
  return (
    <span className={css.badge}>
      <Avatar src={channel.avatar_url ?? undefined} size={26} radius="xl" alt="">
        <span style={{ fontSize: 10 }}>{initials(channel.name)}</span>
      </Avatar>
      <span className={css.mark}>
        <NetworkMark network={channel.network} size={13} />
      </span>
    </span>
  );
}
