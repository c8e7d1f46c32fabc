import { ActionIcon, Avatar, Button, Card, Group, List, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconPlugOff, IconRefresh, IconRotateClockwise2, IconUsersPlus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, client } from '../../../api/client.ts';
import type { ChannelAct, ChannelView } from '../../../api/types.ts';
import { may, type Place } from '../../../app/session.tsx';
import { initials, line, paragraph, plural, sentence } from '../../../lib/format.ts';
import { dateTime } from '../../../lib/zones.ts';
import { accountKind, NetworkMark, networks } from '../../../networks/index.tsx';
import { confirm } from '../../../ui/confirm.ts';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { Pill } from '../../../ui/Pill.tsx';
import { refreshPosts } from '../../posts/queries.ts';
import { refreshChannels } from '../queries.ts';
import { accessLine, atHandle, quotaLines, standings, verifiedLine } from '../standing.ts';
import { DisconnectDialog } from './DisconnectDialog.tsx';

/** Everything that is known of a channel, and what can be done with it. */
export function ChannelCard({
  channel,
  place,
  onReconnect,
}: {
  channel: ChannelView;
  place: Place;
  onReconnect: () => void;
}) {
  const { project, membership } = place;
  const [disconnecting, dialog] = useDisclosure(false);
  const verify = api.useMutation('post', '/api/v1/channels/{id}/verify', { onSettled: refreshChannels });
  const lift = api.useMutation('post', '/api/v1/channels/{id}/lift-halt', { onSettled: refreshChannels });
  const navigate = useNavigate();
  const others = api.useMutation('post', '/api/v1/channels/{id}/other-accounts', {
    onSuccess: ({ connection_id }) =>
      void navigate({ to: '/connect/$connectionId', params: { connectionId: connection_id } }),
    onError: refreshChannels,
  });
  const retry = useMutation({
    mutationFn: async () => {
      for (const id of channel.failed_for_connection)
        await client.POST('/api/v1/deliveries/{id}/retry', { params: { path: { id } } });
    },
    onSettled: refreshPosts,
  });
  const standing = standings[channel.status];
  const gone = channel.status === 'disconnected';
  const can = (act: ChannelAct) => channel.may.includes(act);
  const adds = can('other_accounts') && networks[channel.network].several && membership.plan.allow_social_publishing;
  const publishes = may(membership, 'publish');
  const failed = channel.failed_for_connection.length;
  const network = networks[channel.network].name;

  return (
    <Card
      id={channel.id}
      data-testid="channel"
      aria-label={`${network}: ${channel.name}`}
      component="article"
      opacity={gone ? 0.75 : 1}
      // Cards of a row are equally high: what can be done stands at the foot of each.
      display="flex"
      style={{ flexDirection: 'column' }}
    >
      <Group wrap="nowrap" align="flex-start">
        <Avatar src={channel.avatar_url ?? undefined} size={46} radius="xl" alt="">
          {initials(channel.name)}
        </Avatar>
        <div style={{ flex: 1, minWidth: 0 }}>
          <Group gap={6} wrap="nowrap">
            <NetworkMark network={channel.network} />
            <Text fw={650} truncate>
              {channel.name}
            </Text>
          </Group>
          <Text size="sm" c="dimmed" className="pr-clamp-2">
            {line([
              atHandle(channel.handle),
              accountKind(channel.network, channel.kind),
              channel.detail.toLowerCase() === channel.kind.replaceAll('_', ' ') ? '' : channel.detail,
            ])}
          </Text>
        </div>
        {(adds || can('disconnect')) && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={`More for ${channel.name}`}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {adds && (
                <Menu.Item
                  leftSection={<IconUsersPlus size={16} />}
                  disabled={others.isPending}
                  onClick={() => others.mutate({ params: { path: { id: channel.id } } })}
                >
                  Add other accounts of this sign-in…
                </Menu.Item>
              )}
              {can('disconnect') && (
                <Menu.Item c="var(--pr-red)" leftSection={<IconPlugOff size={16} />} onClick={dialog.open}>
                  Disconnect…
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>

      <Group mt="sm" gap={8}>
        <Pill tone={channel.halted_at ? 'red' : standing.tone}>{channel.halted_at ? 'Halted' : standing.label}</Pill>
      </Group>
      {(channel.status_reason || standing.advice) && (
        <Text size="sm" mt={6}>
          {paragraph([channel.status_reason, standing.advice])}
        </Text>
      )}
      {channel.missing.length > 0 && !gone && (
        <Notice tone="amber" mt="sm" title="Not granted">
          <List size="sm">
            {channel.missing.map((permission) => (
              <List.Item key={permission.scope}>
                <code>{permission.scope}</code>: {sentence(permission.purpose)}. Without it, {permission.feature} will
                not work.
              </List.Item>
            ))}
          </List>
        </Notice>
      )}
      {channel.halted_at && (
        <Notice tone="red" mt="sm" title="Postrider stopped publishing here">
          {channel.halt_reason}
          {can('lift_halt') && (
            <Button
              size="compact-sm"
              variant="default"
              mt={6}
              display="block"
              loading={lift.isPending}
              onClick={() =>
                confirm({
                  title: `Publish on ${channel.name} again?`,
                  body: 'Look at its last posts first: what is waiting and not too late goes out at once.',
                  action: 'Publish here again',
                  danger: false,
                  onConfirm: () => lift.mutate({ params: { path: { id: channel.id } } }),
                })
              }
            >
              Publish here again
            </Button>
          )}
        </Notice>
      )}
      {channel.outage_since && !gone && (
        <Notice tone="amber" mt="sm" title={`${network} does not answer`}>
          Since {dateTime(channel.outage_since, project.time_zone)}. What is due waits and is tried again by itself.
        </Notice>
      )}
      {failed > 0 && publishes && channel.status !== 'expired' && channel.status !== 'revoked' && !gone && (
        <Notice tone="blue" mt="sm" title={`${plural(failed, 'post')} failed while the access was broken`}>
          <Button
            size="compact-sm"
            leftSection={<IconRotateClockwise2 size={14} />}
            loading={retry.isPending}
            onClick={() => retry.mutate()}
          >
            Retry {failed === 1 ? 'it' : 'them'}
          </Button>
        </Notice>
      )}
      {[verify, lift, retry, others].map((act, index) => act.isError && <ErrorNote key={index} error={act.error} />)}

      {!gone && (
        <Group justify="space-between" mt="auto" pt="md" gap="xs" align="flex-end">
          <Text size="xs" c="dimmed" component="div">
            {quotaLines(channel, project.time_zone).map((text) => (
              <div key={text}>{text}</div>
            ))}
            <div>{accessLine(channel, project.time_zone, Date.now())}</div>
            <div title={channel.verified_at ? dateTime(channel.verified_at, project.time_zone) : undefined}>
              {verifiedLine(channel, Date.now())}
            </div>
          </Text>
          {(can('verify') || can('reconnect')) && (
            <Group gap={6}>
              {can('verify') && (
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconRefresh size={14} />}
                  loading={verify.isPending}
                  onClick={() => verify.mutate({ params: { path: { id: channel.id } } })}
                >
                  Verify
                </Button>
              )}
              {can('reconnect') && (
                <Button size="xs" variant={channel.status === 'active' ? 'default' : 'filled'} onClick={onReconnect}>
                  Reconnect
                </Button>
              )}
            </Group>
          )}
        </Group>
      )}
      {gone && can('reconnect') && (
        <Group mt="sm" justify="flex-end">
          <Button size="xs" variant="default" onClick={onReconnect}>
            Reconnect
          </Button>
        </Group>
      )}
      <DisconnectDialog channel={channel} project={project} opened={disconnecting} onClose={dialog.close} />
    </Card>
  );
}
