import { Text, UnstyledButton } from '@mantine/core';
import type { NotificationView } from '../../api/types.ts';
import { dateTime, fromNow, readerZone } from '../../lib/zones.ts';
import { Dot } from '../../ui/Pill.tsx';
import css from './NoticeRow.module.css';
import { noticeTone } from './notices.tsx';

export function NoticeRow({
  notice,
  onOpen,
}: {
  notice: NotificationView;
  onOpen: (notice: NotificationView) => void;
}) {
  return (
    <UnstyledButton
      className={css.row}
      data-unread={notice.read_at ? undefined : true}
      onClick={() => onOpen(notice)}
      data-testid="notice"
    >
      <Dot tone={noticeTone(notice.kind)} />
      <span className={css.words}>
        <Text size="sm" fw={notice.read_at ? 400 : 600} style={{ overflowWrap: 'anywhere' }}>
          {notice.text}
        </Text>
        <Text size="xs" c="dimmed" title={dateTime(notice.created_at, readerZone())}>
          {fromNow(notice.created_at, Date.now())}
        </Text>
      </span>
    </UnstyledButton>
  );
}
