import { ActionIcon, Button, Group, Indicator, Popover, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBell } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import type { Me } from '../../api/types.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { NoticeRow } from './NoticeRow.tsx';
import { useOpenNotice, useReadAll } from './notices.tsx';

export function NotificationBell({ me }: { me: Me }) {
  const [opened, popover] = useDisclosure(false);
  const list = api.useQuery('get', '/api/v1/notifications', { params: { query: { limit: 12 } } });
  const open = useOpenNotice(me);
  const readAll = useReadAll();
  const unread = list.data?.unread ?? 0;
  return (
    <Popover opened={opened} onChange={popover.toggle} position="bottom-end" width={360} shadow="md" trapFocus>
      <Indicator disabled={unread === 0} label={unread > 99 ? '99+' : unread} size={17} color="red.8" offset={5}>
        <Popover.Target>
          <ActionIcon
            size="lg"
            onClick={popover.toggle}
            aria-label={unread > 0 ? `Notices, ${unread} unread` : 'Notices'}
          >
            <IconBell size={20} stroke={1.7} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={6} maw="calc(100vw - 16px)">
        <Group justify="space-between" px={10} py={6}>
          <Text fw={650}>Notices</Text>
          {unread > 0 && (
            <Button size="compact-xs" variant="subtle" onClick={() => readAll.mutate({})} loading={readAll.isPending}>
              Mark all read
            </Button>
          )}
        </Group>
        <div style={{ maxHeight: 420, overflow: 'auto' }}>
          {list.isPending && [1, 2, 3].map((key) => <Skeleton key={key} h={44} my={6} radius="md" />)}
          {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
          {list.data?.items.length === 0 && (
            <Text c="dimmed" size="sm" ta="center" py="lg">
              Nothing to tell. Failures, missed times and ending access show up here.
            </Text>
          )}
          {list.data?.items.map((notice) => (
            <NoticeRow
              key={notice.id}
              notice={notice}
              onOpen={(chosen) => {
                popover.close();
                open(chosen);
              }}
            />
          ))}
        </div>
        <Button
          component={Link}
          to="/notifications"
          variant="subtle"
          fullWidth
          size="xs"
          mt={4}
          onClick={popover.close}
        >
          See all notices
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
