import { Button, Card, Grid, Group, Menu, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import {
  IconCalendarX,
  IconChevronDown,
  IconCopy,
  IconPencil,
  IconPlayerStop,
  IconRotateClockwise2,
  IconSend,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../api/client.ts';
import { hasStatus } from '../../api/errors.ts';
import type { PostView } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { plural } from '../../lib/format.ts';
import { offerOf, type Rules } from '../../lib/rules.ts';
import { dateTime, zoneLabel } from '../../lib/zones.ts';
import { byNetwork, networks } from '../../networks/index.tsx';
import { NetworkPreview } from '../../networks/NetworkPreview.tsx';
import { previewOf } from '../../networks/version.ts';
import { confirm } from '../../ui/confirm.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { StatusBadge, typeNames } from '../../ui/StatusBadge.tsx';
import { useCapabilities } from '../connections/queries.ts';
import { DeliveryCard } from './components/DeliveryCard.tsx';
import { duplicatePost, useDeletePost, usePostAct } from './queries.ts';
import { awaited, postInstant, postName } from './words.ts';

const SavedForecast = lazy(() =>
  import('../forecast/ForecastPanel.tsx').then((page) => ({ default: page.SavedForecast })),
);

export default function PostPage() {
  const { postId } = useParams({ from: '/signed-in/p/$projectId/posts/$postId' });
  const post = api.useQuery('get', '/api/v1/posts/{id}', { params: { path: { id: postId } } });
  if (post.isPending) {
    return (
      <Stack>
        <Skeleton h={34} w={320} />
        <Skeleton h={180} radius="lg" />
      </Stack>
    );
  }
  if (hasStatus(post.error, 404)) {
    return (
      <EmptyState icon={IconTrash} title="This post is gone">
        It was deleted, or it was never yours to see.
      </EmptyState>
    );
  }
  if (post.isError) return <ErrorNote error={post.error} onRetry={() => void post.refetch()} />;
  return <Detail post={post.data} />;
}

function Detail({ post }: { post: PostView }) {
  const { project } = usePlace();
  const { delivery: opened } = useSearch({ from: '/signed-in/p/$projectId/posts/$postId' });
  const at = postInstant(post, Date.now());
  return (
    <>
      <PageHead
        title={postName(post)}
        line={
          <Group gap={8} mt={4}>
            <StatusBadge status={post.status} />
            <span>{typeNames[post.content_type]}</span>
            {at && (
              <span>
                {dateTime(at, project.time_zone)} · {zoneLabel(project.time_zone, at)}
              </span>
            )}
            <span>by {post.author.name}</span>
          </Group>
        }
      >
        <Acts post={post} />
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="sm">
            {post.deliveries.length === 0 && (
              <Card>
                <Text c="dimmed">No channel is chosen yet. Edit the post to choose where it goes.</Text>
              </Card>
            )}
            {byNetwork(post.deliveries).map((delivery) => (
              <DeliveryCard
                key={delivery.id}
                post={post}
                delivery={delivery}
                zone={project.time_zone}
                historyOpen={delivery.id === opened}
              />
            ))}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md" style={{ position: 'sticky', top: 72 }}>
            {post.deliveries.some(awaited) && (
              <Card component="section" aria-label="What will happen">
                <Text component="h2" size="sm" fw={650} mb={4}>
                  What will happen
                </Text>
                <Suspense fallback={<Skeleton h={60} />}>
                  <SavedForecast postId={post.id} projectId={project.id} zone={project.time_zone} />
                </Suspense>
              </Card>
            )}
            <Shown post={post} zone={project.time_zone} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Acts({ post }: { post: PostView }) {
  const { project } = usePlace();
  const navigate = useNavigate();
  const act = usePostAct(post.id);
  const remove = useDeletePost(() => void navigate({ to: '/p/$projectId/library', params: { projectId: project.id } }));
  const duplicate = useMutation({
    mutationFn: () => duplicatePost(post.id),
    onSuccess: (copy) =>
      navigate({ to: '/p/$projectId/compose', params: { projectId: project.id }, search: { post: copy.id } }),
  });
  const can = (name: PostView['may'][number]) => post.may.includes(name);
  const failed = [act, remove, duplicate].find((tried) => tried.isError);
  return (
    <>
      {can('edit') && (
        <LinkButton
          variant="default"
          leftSection={<IconPencil size={16} />}
          to="/p/$projectId/compose"
          params={{ projectId: project.id }}
          search={{ post: post.id }}
        >
          Edit
        </LinkButton>
      )}
      {can('retry') && (
        <Button
          leftSection={<IconRotateClockwise2 size={16} />}
          loading={act.isPending}
          onClick={() => act.mutate({ act: 'retry' })}
        >
          Retry
        </Button>
      )}
      {can('publish') && (
        <Button
          leftSection={<IconSend size={16} />}
          loading={act.isPending}
          onClick={() =>
            confirm({
              title: 'Publish now?',
              body: `It goes out at once on ${plural(post.deliveries.length, 'channel')}. A publication cannot be called back from here.`,
              action: 'Publish now',
              danger: false,
              onConfirm: () => act.mutate({ act: 'publish' }),
            })
          }
        >
          Publish now
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={15} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => duplicate.mutate()}>
            Duplicate
          </Menu.Item>
          {can('unschedule') && (
            <Menu.Item leftSection={<IconCalendarX size={16} />} onClick={() => act.mutate({ act: 'unschedule' })}>
              Unschedule
            </Menu.Item>
          )}
          {can('cancel') && (
            <Menu.Item
              leftSection={<IconPlayerStop size={16} />}
              onClick={() =>
                confirm({
                  title: 'Cancel this post?',
                  body: 'It will not go out on any channel that it has not reached. Its history stays.',
                  action: 'Cancel the post',
                  onConfirm: () => act.mutate({ act: 'cancel' }),
                })
              }
            >
              Cancel…
            </Menu.Item>
          )}
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
      {failed && (
        <div style={{ flexBasis: '100%' }}>
          <ErrorNote error={failed.error} />
        </div>
      )}
    </>
  );
}

function Shown({ post, zone }: { post: PostView; zone: string }) {
  const deliveries = byNetwork(post.deliveries);
  const [chosen, setChosen] = useState(deliveries[0]?.id ?? '');
  const delivery = deliveries.find((item) => item.id === chosen) ?? deliveries[0];
  const capabilities = useCapabilities();
  if (!delivery) return null;
  const rules = capabilities.data?.rules as Rules | undefined;
  const assets = new Map(post.media.map((asset) => [asset.id, asset]));
  const at = delivery.first_commit_at ?? delivery.due_at;
  const content = { ...post, link: post.link ?? null, poll: post.poll ?? null };
  return (
    <section aria-label="Preview">
      {post.deliveries.length > 1 && (
        <SegmentedControl
          fullWidth
          size="xs"
          mb="sm"
          value={delivery.id}
          onChange={setChosen}
          aria-label="Preview of which channel"
          data={deliveries.map((item) => ({ value: item.id, label: networks[item.channel.network].name }))}
        />
      )}
      <NetworkPreview
        network={delivery.channel.network}
        post={previewOf(content, delivery.channel, assets, {
          overrides: delivery.overrides,
          mode: delivery.mode,
          offer: rules && offerOf(rules, delivery.channel.network, post.content_type),
          when: at ? dateTime(at, zone) : 'Not scheduled',
        })}
      />
    </section>
  );
}
