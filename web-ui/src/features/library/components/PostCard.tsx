import { ActionIcon, Button, Card, Group, Menu, Text } from '@mantine/core';
import {
  IconCopy,
  IconDots,
  IconFileTypePdf,
  IconPencil,
  IconPlayerPlayFilled,
  IconRotateClockwise2,
  IconSend,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { PostView } from '../../../api/types.ts';
import { plural } from '../../../lib/format.ts';
import { dateTime } from '../../../lib/zones.ts';
import { byNetwork, NetworkMark, networks } from '../../../networks/index.tsx';
import { confirm } from '../../../ui/confirm.ts';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { Dot } from '../../../ui/Pill.tsx';
import { StatusBadge, states, typeNames } from '../../../ui/StatusBadge.tsx';
import { duplicatePost, useDeletePost, usePostAct } from '../../posts/queries.ts';
import { postInstant, postName, riskOf, troubles, whatHappened } from '../../posts/words.ts';
import css from './PostCard.module.css';

/** A post at a glance, with its trouble and the act that mends it. */
export function PostCard({ post, zone, projectId }: { post: PostView; zone: string; projectId: string }) {
  const navigate = useNavigate();
  const act = usePostAct(post.id);
  const remove = useDeletePost();
  const duplicate = useMutation({
    mutationFn: () => duplicatePost(post.id),
    onSuccess: (copy) => navigate({ to: '/p/$projectId/compose', params: { projectId }, search: { post: copy.id } }),
  });
  const can = (name: PostView['may'][number]) => post.may.includes(name);
  const at = postInstant(post, Date.now());
  const [worst, ...others] = troubles(post.deliveries);
  const told = worst && whatHappened(worst);
  const risk = riskOf(post.deliveries);
  const picture = post.media.find(
    (asset) => asset.thumbnail_url || asset.kind === 'document' || asset.kind === 'video',
  );
  const address = { to: '/p/$projectId/posts/$postId', params: { projectId, postId: post.id } } as const;
  const failed = [act, remove, duplicate].find((tried) => tried.isError);

  return (
    <Card component="article" padding="sm" className={css.card} data-testid="post" data-status={post.status}>
      <Group gap={8} justify="space-between" wrap="nowrap">
        <Group gap={8}>
          <StatusBadge status={post.status} />
          <Text size="xs" c="dimmed">
            {typeNames[post.content_type]}
          </Text>
        </Group>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={`More for ${postName(post)}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {can('edit') && (
              <Menu.Item
                leftSection={<IconPencil size={16} />}
                onClick={() =>
                  void navigate({ to: '/p/$projectId/compose', params: { projectId }, search: { post: post.id } })
                }
              >
                Edit
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => duplicate.mutate()}>
              Duplicate
            </Menu.Item>
            {can('delete') && (
              <Menu.Item
                c="var(--pr-red)"
                leftSection={<IconTrash size={16} />}
                onClick={() =>
                  confirm({
                    title: 'Delete this post?',
                    body: 'It is removed from Postrider. What was published stays on the networks.',
                    action: 'Delete',
                    onConfirm: () => remove.mutate(post.id),
                  })
                }
              >
                Delete…
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Link {...address} className={css.open}>
        {picture && (
          <span className={css.thumb}>
            {picture.thumbnail_url ? (
              <img src={picture.thumbnail_url} alt={picture.alt_text} loading="lazy" />
            ) : picture.kind === 'document' ? (
              <IconFileTypePdf size={30} stroke={1.4} />
            ) : null}
            {picture.kind === 'video' && (
              <span className={css.play}>
                <IconPlayerPlayFilled size={15} />
              </span>
            )}
            {post.assets.length > 1 && <span className={css.count}>{post.assets.length}</span>}
          </span>
        )}
        <Text component="span" className={picture ? 'pr-clamp-3' : 'pr-clamp-3'} size="sm" fw={post.title ? 600 : 400}>
          {postName(post)}
        </Text>
      </Link>
      {told && told.text !== '' && (
        <Notice tone={post.status === 'action_required' ? 'amber' : 'red'}>
          <Text size="xs" fw={600}>
            {networks[worst.channel.network].name}: {told.text}
          </Text>
          {told.remedy && <Text size="xs">{told.remedy}</Text>}
          {others.length > 0 && <Text size="xs">and {plural(others.length, 'more channel')}</Text>}
        </Notice>
      )}
      {risk && (
        <Notice tone={risk.risk === 'expiring' ? 'amber' : 'red'}>
          <Text size="xs" fw={600}>
            {risk.message}
          </Text>
          <Text size="xs">{risk.remedy}</Text>
        </Notice>
      )}
      {failed && <ErrorNote error={failed.error} />}
      <Group justify="space-between" mt="auto" gap={6}>
        <Group gap={8}>
          {post.deliveries.length === 0 && (
            <Text size="xs" c="dimmed">
              No channel
            </Text>
          )}
          {byNetwork(post.deliveries).map((delivery) => (
            <Group
              key={delivery.id}
              gap={3}
              wrap="nowrap"
              title={`${networks[delivery.channel.network].name}, ${delivery.channel.name}: ${states[delivery.state].label}`}
            >
              <NetworkMark network={delivery.channel.network} size={16} />
              <Dot
                tone={states[delivery.state].tone}
                label={`${networks[delivery.channel.network].name}: ${states[delivery.state].label}`}
              />
            </Group>
          ))}
        </Group>
        <Text size="xs" c="dimmed">
          {at ? dateTime(at, zone) : `Made ${dateTime(post.created_at, zone)}`}
        </Text>
      </Group>
      {(can('retry') || can('publish')) && (
        <Group gap={6}>
          {can('retry') && (
            <Button
              size="xs"
              variant="light"
              leftSection={<IconRotateClockwise2 size={14} />}
              loading={act.isPending}
              onClick={() => act.mutate({ act: 'retry' })}
            >
              Retry
            </Button>
          )}
          {can('publish') && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconSend size={14} />}
              loading={act.isPending}
              onClick={() =>
                confirm({
                  title: 'Publish now?',
                  body: `“${postName(post)}” goes out at once on ${plural(post.deliveries.length, 'channel')}.`,
                  action: 'Publish now',
                  danger: false,
                  onConfirm: () => act.mutate({ act: 'publish' }),
                })
              }
            >
              Publish now
            </Button>
          )}
        </Group>
      )}
    </Card>
  );
}
