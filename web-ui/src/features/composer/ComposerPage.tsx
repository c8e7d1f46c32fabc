import { Skeleton, Stack } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { may, usePlace } from '../../app/session.tsx';
import type { Rules } from '../../lib/rules.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { useCapabilities, useChannels } from '../connections/queries.ts';
import { Composer } from './Composer.tsx';

/** Reads what the composer needs, and begins it anew when the address names another post. */
export default function ComposerPage() {
  const { project, membership } = usePlace();
  const search = useSearch({ from: '/signed-in/p/$projectId/compose' });
  const navigate = useNavigate({ from: '/p/$projectId/compose' });
  const capabilities = useCapabilities();
  const channels = useChannels(project.id);
  const [session, setSession] = useState({ key: 0, projectId: project.id, postId: search.post, made: false });
  // A post that was just made here gets its address while it is being written: that begins nothing anew.
  const other =
    session.projectId !== project.id ||
    (search.post !== session.postId && !(session.made && search.post === undefined));
  if (other) setSession({ key: session.key + 1, projectId: project.id, postId: search.post, made: false });
  const post = api.useQuery(
    'get',
    '/api/v1/posts/{id}',
    { params: { path: { id: search.post ?? '' } } },
    { enabled: search.post !== undefined },
  );

  if (!may(membership, 'write')) {
    return (
      <EmptyState icon={IconLock} title="You may read here, not write">
        Ask an owner of {membership.organization.name} for the permission to write posts.
      </EmptyState>
    );
  }
  const failed = [capabilities, channels, ...(search.post ? [post] : [])].find((query) => query.isError);
  if (failed) return <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!capabilities.data || !channels.data || (search.post !== undefined && !post.data && !session.made)) {
    return (
      <Stack>
        <Skeleton h={34} w={240} />
        <Skeleton h={420} radius="lg" />
      </Stack>
    );
  }
  if (post.data && !session.made && !post.data.may.includes('edit')) {
    return (
      <EmptyState
        icon={IconLock}
        title="This post can no longer be changed"
        action={
          <LinkButton to="/p/$projectId/posts/$postId" params={{ projectId: project.id, postId: post.data.id }}>
            Open it
          </LinkButton>
        }
      >
        It is out, on its way, or not yours to change. You can duplicate it and write on.
      </EmptyState>
    );
  }
  return (
    <Composer
      key={session.key}
      capabilities={capabilities.data}
      rules={capabilities.data.rules as Rules}
      channels={channels.data.items.filter((channel) => channel.status !== 'disconnected')}
      post={session.made ? undefined : post.data}
      date={search.date}
      onMade={(postId) => {
        setSession((was) => ({ ...was, postId, made: true }));
        void navigate({ search: { post: postId }, replace: true });
      }}
      onNew={() => {
        setSession((was) => ({ key: was.key + 1, projectId: project.id, postId: undefined, made: false }));
        void navigate({ search: {} });
      }}
      onReload={() => {
        setSession((was) => ({ ...was, key: was.key + 1, made: false }));
        void post.refetch();
      }}
    />
  );
}
