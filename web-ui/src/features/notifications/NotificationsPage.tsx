import { Button, SegmentedControl, Skeleton, Stack } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useMe } from '../../app/session.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { NoticeRow } from './NoticeRow.tsx';
import { useOpenNotice, useReadAll } from './notices.tsx';

export default function NotificationsPage() {
  const me = useMe();
  const open = useOpenNotice(me);
  const readAll = useReadAll();
  const [unreadOnly, setUnreadOnly] = useState(false);
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/notifications',
    { params: { query: { limit: 40, unread: unreadOnly || undefined } } },
    {
      pageParamName: 'cursor',
      // Absent, it would be taken for 0 on the way.
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
    },
  );
  const notices = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHead title="Notices">
        <SegmentedControl
          size="xs"
          value={unreadOnly ? 'unread' : 'all'}
          onChange={(value) => setUnreadOnly(value === 'unread')}
          data={[
            { value: 'all', label: 'All' },
            { value: 'unread', label: 'Unread' },
          ]}
          aria-label="Which notices"
        />
        <Button size="xs" variant="default" onClick={() => readAll.mutate({})} loading={readAll.isPending}>
          Mark all read
        </Button>
      </PageHead>
      <div className="pr-panel" style={{ padding: 6 }}>
        {list.isPending && (
          <Stack p="sm">
            {[1, 2, 3, 4].map((key) => (
              <Skeleton key={key} h={40} />
            ))}
          </Stack>
        )}
        {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && notices.length === 0 && (
          <EmptyState icon={IconBell} title={unreadOnly ? 'All read' : 'No notices yet'}>
            You are told here when a post fails, is missed, waits for you or when a channel’s access ends.
          </EmptyState>
        )}
        {notices.map((notice) => (
          <NoticeRow key={notice.id} notice={notice} onOpen={open} />
        ))}
        {list.hasNextPage && (
          <Button
            fullWidth
            variant="subtle"
            onClick={() => void list.fetchNextPage()}
            loading={list.isFetchingNextPage}
          >
            Show older notices
          </Button>
        )}
      </div>
    </>
  );
}
