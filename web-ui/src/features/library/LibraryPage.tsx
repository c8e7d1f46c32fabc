import { Button, Group, SimpleGrid, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconLayoutGrid, IconPencilPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import type { ChannelView } from '../../api/types.ts';
import { contentTypes, type LibrarySearch, postStatuses } from '../../app/addresses.ts';
import { may, usePlace } from '../../app/session.tsx';
import { instantOf } from '../../lib/zones.ts';
import { networks } from '../../networks/index.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import { Filters } from '../../ui/Filters.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { statuses, typeNames } from '../../ui/StatusBadge.tsx';
import { useChannels } from '../connections/queries.ts';
import { PostCard } from './components/PostCard.tsx';

const pageRows = 24;

/** The instant a filter's day begins, or, for the last day, ends. */
const dayStart = (day: string | undefined, zone: string, after = 0): string | undefined => {
  if (!day) return undefined;
  const date = new Date(Date.parse(day) + after * 86_400_000).toISOString().slice(0, 10);
  return instantOf(`${date}T00:00`, zone)?.toISOString();
};

export default function LibraryPage() {
  const { project, membership } = usePlace();
  const search = useSearch({ from: '/signed-in/p/$projectId/library' });
  const channels = useChannels(project.id);
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{id}/posts',
    {
      params: {
        path: { id: project.id },
        query: {
          limit: pageRows,
          search: search.q,
          status: search.status,
          content_type: search.type,
          channel_id: search.channel,
          from: dayStart(search.from, project.time_zone),
          to: dayStart(search.to, project.time_zone, 1),
        },
      },
    },
    {
      pageParamName: 'cursor',
      // Absent, it would be taken for 0 on the way.
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
    },
  );
  const posts = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.values(search).some((value) => value !== undefined);
  const writes = may(membership, 'write');

  return (
    <>
      <PageHead title="Library" line={`Every post of ${project.name}`}>
        {writes && (
          <LinkButton
            to="/p/$projectId/compose"
            params={{ projectId: project.id }}
            leftSection={<IconPencilPlus size={17} />}
            visibleFrom="sm"
          >
            New post
          </LinkButton>
        )}
      </PageHead>
      <LibraryFilters search={search} channels={channels.data?.items ?? []} />
      {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {[1, 2, 3, 4, 5, 6].map((key) => (
            <Skeleton key={key} h={190} radius="lg" />
          ))}
        </SimpleGrid>
      )}
      {list.isSuccess && posts.length === 0 && (
        <EmptyState
          icon={IconLayoutGrid}
          title={filtered ? 'No post fits these filters' : 'No post yet'}
          action={
            filtered ? (
              <LinkButton variant="default" to="/p/$projectId/library" params={{ projectId: project.id }}>
                Clear the filters
              </LinkButton>
            ) : writes ? (
              <LinkButton to="/p/$projectId/compose" params={{ projectId: project.id }}>
                Write the first one
              </LinkButton>
            ) : undefined
          }
        >
          {filtered
            ? 'Take one away, or search for other words.'
            : 'Drafts, scheduled and published posts are all kept here.'}
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md" component="section" aria-label="Posts">
        {posts.map((post) => (
          <PostCard key={post.id} post={post} zone={project.time_zone} projectId={project.id} />
        ))}
      </SimpleGrid>
      {list.hasNextPage && (
        <Group justify="center" mt="lg">
          <Button variant="default" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
            Load more
          </Button>
        </Group>
      )}
    </>
  );
}

function LibraryFilters({ search, channels }: { search: LibrarySearch; channels: readonly ChannelView[] }) {
  const navigate = useNavigate({ from: '/p/$projectId/library' });
  const set = (part: Partial<LibrarySearch>) =>
    void navigate({ search: (was) => ({ ...was, ...part }), replace: true });
  const [typed, setTyped] = useState(search.q ?? '');
  const find = useDebouncedCallback((q: string) => set({ q: q.trim() || undefined }), 300);
  const filtered = Object.values(search).some((value) => value !== undefined);
  return (
    <div style={{ marginBottom: 16 }}>
      <Filters
        active={Object.entries(search).filter(([key, value]) => key !== 'q' && value !== undefined).length}
        lead={
          <TextInput
            aria-label="Search posts"
            placeholder="Search text, title, hashtags"
            leftSection={<IconSearch size={16} />}
            w={{ sm: 260 }}
            style={{ flex: '1 1 auto' }}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              find(event.currentTarget.value);
            }}
          />
        }
      >
        <FilterSelect
          label="Status"
          any="Any status"
          value={search.status}
          options={postStatuses.map((value) => ({ value, label: statuses[value].label }))}
          onChange={(status) => set({ status })}
        />
        <FilterSelect
          label="Type"
          any="Any type"
          width={130}
          value={search.type}
          options={contentTypes.map((value) => ({ value, label: typeNames[value] }))}
          onChange={(type) => set({ type })}
        />
        <FilterSelect
          label="Channel"
          any="Any channel"
          width={180}
          value={search.channel}
          options={channels.map(({ id, name, network }) => ({
            value: id,
            label: `${name} (${networks[network].name})`,
          }))}
          onChange={(channel) => set({ channel })}
        />
        <TextInput
          aria-label="From day"
          type="date"
          leftSection={<Text size="xs">From</Text>}
          leftSectionWidth={46}
          w={186}
          value={search.from ?? ''}
          onChange={(event) => set({ from: event.currentTarget.value || undefined })}
        />
        <TextInput
          aria-label="To day"
          type="date"
          leftSection={<Text size="xs">To</Text>}
          leftSectionWidth={32}
          w={172}
          value={search.to ?? ''}
          onChange={(event) => set({ to: event.currentTarget.value || undefined })}
        />
        {filtered && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconX size={15} />}
            onClick={() => {
              setTyped('');
              void navigate({ search: {}, replace: true });
            }}
          >
            Clear
          </Button>
        )}
      </Filters>
    </div>
  );
}
