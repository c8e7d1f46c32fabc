import { Avatar, Button, Card, Collapse, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconExternalLink, IconHistory, IconPlayerStop, IconRotateClockwise2, IconSend } from '@tabler/icons-react';
import { api } from '../../../api/client.ts';
import type { DeliveryView, PostView } from '../../../api/types.ts';
import { initials, took, words } from '../../../lib/format.ts';
import { dateTime, dateTimeSeconds, fromNow } from '../../../lib/zones.ts';
import { NetworkMark, networks } from '../../../networks/index.tsx';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { LinkButton } from '../../../ui/links.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { StateBadge, states } from '../../../ui/StatusBadge.tsx';
import { standings } from '../../connections/standing.ts';
import { refreshPosts, usePostAct } from '../queries.ts';
import { whatHappened } from '../words.ts';
import { HistoryTimeline } from './HistoryTimeline.tsx';
import { MarkPosted, Resolve } from './Verdict.tsx';

/** One channel of a post: where it stands, why, and what can be done about it. */
export function DeliveryCard({
  post,
  delivery,
  zone,
  historyOpen = false,
}: {
  post: PostView;
  delivery: DeliveryView;
  zone: string;
  historyOpen?: boolean;
}) {
  const [open, history] = useDisclosure(historyOpen);
  const retry = api.useMutation('post', '/api/v1/deliveries/{id}/retry', { onSettled: refreshPosts });
  const cancel = api.useMutation('post', '/api/v1/deliveries/{id}/cancel', { onSettled: refreshPosts });
  const publish = usePostAct(post.id);
  const { channel } = delivery;
  const network = networks[channel.network].name;
  const told = whatHappened(delivery);
  const state = states[delivery.state];
  const can = (act: DeliveryView['may'][number]) => delivery.may.includes(act);
  const path = { params: { path: { id: delivery.id } } };
  const broken = channel.status !== 'active' && channel.status !== 'disconnected';
  const failure = [retry, cancel, publish].find((tried) => tried.isError);

  return (
    <Card
      component="article"
      aria-label={`${network}: ${channel.name}`}
      data-testid="delivery"
      data-state={delivery.state}
    >
      <Group wrap="nowrap" align="flex-start">
        <Avatar src={channel.avatar_url ?? undefined} size={38} radius="xl" alt="">
          {initials(channel.name)}
        </Avatar>
        <div style={{ flex: 1, minWidth: 0 }}>
          <Group gap={6} wrap="nowrap">
            <NetworkMark network={channel.network} />
            <Text fw={600} truncate>
              {channel.name}
            </Text>
          </Group>
          <Text size="sm" c="dimmed">
            {when(delivery, zone)}
          </Text>
        </div>
        <StateBadge delivery={delivery} />
      </Group>

      {told.text === '' && !['published', 'scheduled', 'draft', 'canceled'].includes(delivery.state) && (
        <Text size="sm" mt="sm" c="dimmed">
          {state.meaning}
        </Text>
      )}
      {told.text !== '' && (
        <Notice
          tone={state.tone === 'red' ? 'red' : 'amber'}
          mt="sm"
          title={delivery.failure ? `Failed: ${words(delivery.failure.kind).toLowerCase()}` : undefined}
        >
          <Text size="sm">{told.text}</Text>
          {told.remedy && (
            <Text size="sm" mt={2} fw={500}>
              {told.remedy}
            </Text>
          )}
          {delivery.failure?.kind === 'connection' && (
            <LinkButton
              to="/p/$projectId/connections"
              params={{ projectId: post.project_id ?? '' }}
              hash={channel.id}
              size="compact-sm"
              variant={broken ? 'filled' : 'default'}
              mt={8}
            >
              Reconnect {channel.name}
            </LinkButton>
          )}
        </Notice>
      )}
      {delivery.at_risk ? (
        <Notice tone={delivery.at_risk.risk === 'expiring' ? 'amber' : 'red'} mt="sm">
          <Text size="sm">{delivery.at_risk.message}</Text>
          <Text size="sm" mt={2} fw={500}>
            {delivery.at_risk.remedy}
          </Text>
          <LinkButton
            to="/p/$projectId/connections"
            params={{ projectId: post.project_id ?? '' }}
            hash={channel.id}
            size="compact-sm"
            variant="default"
            mt={8}
          >
            Go to {channel.name}
          </LinkButton>
        </Notice>
      ) : (
        broken &&
        delivery.state !== 'failed' && (
          <Text size="sm" mt="sm" c="var(--pr-amber)">
            {channel.name}: {standings[channel.status].label.toLowerCase()}. {standings[channel.status].advice}
          </Text>
        )
      )}
      {can('resolve') && delivery.waits_for_person && <Resolve delivery={delivery} />}
      {can('mark_posted') && <MarkPosted post={post} delivery={delivery} />}
      {failure && <ErrorNote error={failure.error} />}

      <Group gap={6} mt="sm">
        {delivery.permalink && (
          <Button
            size="xs"
            variant="light"
            component="a"
            href={delivery.permalink}
            target="_blank"
            rel="noreferrer"
            rightSection={<IconExternalLink size={14} />}
          >
            Open on {network}
          </Button>
        )}
        {can('retry') && (
          <Button
            size="xs"
            // While the access is broken it would fail again: to reconnect comes first.
            variant={broken ? 'default' : 'filled'}
            leftSection={<IconRotateClockwise2 size={14} />}
            loading={retry.isPending}
            onClick={() => retry.mutate(path)}
          >
            {delivery.state === 'published_in_part' ? 'Go on' : 'Retry'}
          </Button>
        )}
        {can('publish') && (delivery.state === 'missed' || post.deliveries.length > 1) && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconSend size={14} />}
            loading={publish.isPending}
            onClick={() => publish.mutate({ act: 'publish', deliveryIds: [delivery.id] })}
          >
            Publish now
          </Button>
        )}
        {can('cancel') && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerStop size={14} />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate(path)}
          >
            Cancel
          </Button>
        )}
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          leftSection={<IconHistory size={14} />}
          onClick={history.toggle}
          aria-expanded={open}
          ml="auto"
        >
          History
        </Button>
      </Group>
      <Collapse expanded={open}>{open && <HistoryTimeline deliveryId={delivery.id} zone={zone} />}</Collapse>
    </Card>
  );
}

/** When it is due or was sent, and how late. */
function when(delivery: DeliveryView, zone: string): string {
  const parts: string[] = [];
  if (delivery.state === 'deferred' && delivery.deferred_until)
    parts.push(`Queued until ${dateTime(delivery.deferred_until, zone)}`);
  else if (delivery.first_commit_at) {
    // What was refused, or may have got lost, was tried; only what stands was sent.
    const tried = delivery.state === 'failed' || delivery.state === 'in_doubt';
    parts.push(`${tried ? 'Tried' : 'Sent'} ${dateTimeSeconds(delivery.first_commit_at, zone)}`);
  } else if (delivery.due_at)
    parts.push(`Due ${dateTime(delivery.due_at, zone)} (${fromNow(delivery.due_at, Date.now())})`);
  else parts.push('No time set');
  if (delivery.lateness_ms != null)
    parts.push(delivery.lateness_ms < 1000 ? 'on the second' : `${took(delivery.lateness_ms)} late`);
  if (delivery.mode === 'draft') parts.push('as a draft');
  return parts.join(' · ');
}
