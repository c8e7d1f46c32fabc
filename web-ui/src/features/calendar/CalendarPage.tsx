import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconPencilPlus } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { contentTypes, postStatuses } from '../../app/addresses.ts';
import { may, usePlace } from '../../app/session.tsx';
import { dayIn, zoneLabel } from '../../lib/zones.ts';
import { networks } from '../../networks/index.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import { Filters } from '../../ui/Filters.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { statuses, typeNames } from '../../ui/StatusBadge.tsx';
import { useChannels } from '../connections/queries.ts';
import css from './CalendarPage.module.css';
import { Agenda } from './components/Agenda.tsx';
import { MonthGrid } from './components/MonthGrid.tsx';
import { addMonths, monthName, monthOf } from './days.ts';
import { useCalendar } from './queries.ts';

export default function CalendarPage() {
  const { project, membership } = usePlace();
  const zone = project.time_zone;
  const search = useSearch({ from: '/signed-in/p/$projectId/calendar' });
  const navigate = useNavigate({ from: '/p/$projectId/calendar' });
  const narrow = useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false });
  const today = dayIn(new Date(), zone);
  const day = search.date ?? today;
  const view = search.view ?? (narrow ? 'list' : 'month');
  const writes = may(membership, 'write');
  const channels = useChannels(project.id);
  const calendar = useCalendar(project.id, day, zone, search);
  const entries = calendar.data?.entries ?? [];

  const set = (part: Partial<typeof search>) =>
    void navigate({ search: (was) => ({ ...was, ...part }), replace: true });
  const go = (date: string) => set({ date: monthOf(date) === monthOf(today) ? undefined : date });
  const open = (postId: string) =>
    void navigate({ to: '/p/$projectId/posts/$postId', params: { projectId: project.id, postId } });
  const create = writes
    ? (date: string) =>
        void navigate({ to: '/p/$projectId/compose', params: { projectId: project.id }, search: { date } })
    : undefined;

  return (
    <div className={view === 'month' ? css.month : undefined}>
      <PageHead title="Calendar" line={`Times in ${zoneLabel(zone, new Date())}`}>
        {!narrow && (
          <SegmentedControl
            size="sm"
            aria-label="View"
            value={view}
            onChange={(value) => set({ view: value === 'list' ? 'list' : undefined })}
            data={[
              { value: 'month', label: 'Month' },
              { value: 'list', label: 'List' },
            ]}
          />
        )}
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
      <Group justify="space-between" gap="sm" mb="sm">
        <Group gap={6}>
          <ActionIcon variant="default" size="lg" aria-label="Previous month" onClick={() => go(addMonths(day, -1))}>
            <IconChevronLeft size={18} />
          </ActionIcon>
          <Button
            variant="default"
            size="sm"
            onClick={() => set({ date: undefined })}
            disabled={monthOf(day) === monthOf(today)}
          >
            Today
          </Button>
          <ActionIcon variant="default" size="lg" aria-label="Next month" onClick={() => go(addMonths(day, 1))}>
            <IconChevronRight size={18} />
          </ActionIcon>
          <Title order={2} ml={6} aria-live="polite">
            {monthName(day)}
          </Title>
        </Group>
        <Filters active={[search.status, search.type, search.channel].filter((value) => value !== undefined).length}>
          <FilterSelect
            label="Status"
            width={140}
            any="Any status"
            value={search.status}
            options={postStatuses.map((value) => ({ value, label: statuses[value].label }))}
            onChange={(status) => set({ status })}
          />
          <FilterSelect
            label="Type"
            any="Any type"
            width={120}
            value={search.type}
            options={contentTypes.map((value) => ({ value, label: typeNames[value] }))}
            onChange={(type) => set({ type })}
          />
          <FilterSelect
            label="Channel"
            any="Any channel"
            width={160}
            value={search.channel}
            options={(channels.data?.items ?? []).map(({ id, name, network }) => ({
              value: id,
              label: `${name} (${networks[network].name})`,
            }))}
            onChange={(channel) => set({ channel })}
          />
        </Filters>
      </Group>
      {calendar.isError && <ErrorNote error={calendar.error} onRetry={() => void calendar.refetch()} />}
      {calendar.data?.more && (
        <Notice tone="amber" mb="sm">
          This month holds more posts than are shown. Narrow it by status, type or channel.
        </Notice>
      )}
      {calendar.isPending && <Skeleton h={520} radius="lg" />}
      {calendar.data &&
        (view === 'month' ? (
          <MonthGrid
            key={monthOf(day)}
            day={day}
            today={today}
            zone={zone}
            entries={entries}
            onOpen={open}
            onCreate={create}
          />
        ) : (
          <Agenda day={day} today={today} zone={zone} entries={entries} onOpen={open} onCreate={create} />
        ))}
      {calendar.isSuccess && entries.length === 0 && view === 'month' && (
        <Text c="dimmed" size="sm" mt="sm" ta="center">
          {search.status || search.type || search.channel
            ? 'Nothing of this month fits the filters.'
            : writes
              ? 'Nothing is planned this month. Click a day to write a post for it.'
              : 'Nothing is planned this month.'}
        </Text>
      )}
    </div>
  );
}
