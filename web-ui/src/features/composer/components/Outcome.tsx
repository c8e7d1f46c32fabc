import { Button, Group, Stack, Title } from '@mantine/core';
import { api } from '../../../api/client.ts';
import type { PostStatus, PostView, Problem } from '../../../api/types.ts';
import { byNetwork } from '../../../networks/index.tsx';
import { LinkButton } from '../../../ui/links.tsx';
import { DeliveryCard } from '../../posts/components/DeliveryCard.tsx';

const headings: Partial<Record<PostStatus, string>> = {
  scheduled: 'Scheduled',
  published: 'Published',
  failed: 'Not published',
  partially_failed: 'Published in part',
  action_required: 'It needs you',
  canceled: 'Called off',
};

/** What became of the post on each channel, as it comes. */
export default function Outcome({
  post: first,
  warnings,
  zone,
  onNew,
}: {
  post: PostView;
  warnings: readonly Problem[];
  zone: string;
  onNew: () => void;
}) {
  const live = api.useQuery(
    'get',
    '/api/v1/posts/{id}',
    { params: { path: { id: first.id } } },
    { initialData: first },
  );
  const post = live.data ?? first;
  return (
    <section aria-label="Outcome" data-testid="outcome">
      <Group justify="space-between" mb="sm">
        <Group gap="sm" role="status">
          <Title order={2}>{headings[post.status] ?? 'On its way'}</Title>
        </Group>
        <Group gap="xs">
          <Button variant="default" onClick={onNew}>
            Write another
          </Button>
          <LinkButton to="/p/$projectId/posts/$postId" params={{ projectId: post.project_id ?? '', postId: post.id }}>
            Open the post
          </LinkButton>
        </Group>
      </Group>
      <Stack gap="sm">
        {warnings.map((warning) => (
          <div
            key={`${warning.code}${warning.channel_id ?? ''}`}
            className="pr-panel"
            style={{ padding: 12, background: 'var(--pr-amber-ground)' }}
          >
            {warning.message} {warning.remedy}
          </div>
        ))}
        {byNetwork(post.deliveries).map((delivery) => (
          <DeliveryCard key={delivery.id} post={post} delivery={delivery} zone={zone} />
        ))}
      </Stack>
    </section>
  );
}
