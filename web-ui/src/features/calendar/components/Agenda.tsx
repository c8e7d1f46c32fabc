import { ActionIcon, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCalendar, IconPlus } from '@tabler/icons-react';
import { useEffect, useMemo, useRef } from 'react';
import type { CalendarEntry } from '../../../api/types.ts';
import { dayIn, timeOnly } from '../../../lib/zones.ts';
import { byNetwork, NetworkMark } from '../../../networks/index.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { StatusBadge, typeNames } from '../../../ui/StatusBadge.tsx';
import { entryName, riskOf } from '../../posts/words.ts';
import { dayName, monthOf } from '../days.ts';
import css from './Agenda.module.css';
import type { CalendarViewProps } from './MonthGrid.tsx';

/** A month as a list of its days: what a narrow screen and a screen reader read best. */
export function Agenda({ day, today, zone, entries, onOpen, onCreate }: CalendarViewProps) {
  const days = useMemo(() => {
    const byDay = new Map<string, CalendarEntry[]>();
    for (const entry of [...entries].sort((a, b) => a.at.localeCompare(b.at))) {
      const at = dayIn(entry.at, zone);
      if (monthOf(at) === monthOf(day)) byDay.set(at, [...(byDay.get(at) ?? []), entry]);
    }
    if (monthOf(today) === monthOf(day) && !byDay.has(today)) byDay.set(today, []);
    return [...byDay].sort(([a], [b]) => a.localeCompare(b));
  }, [entries, day, today, zone]);

  const ofToday = useRef<HTMLElement>(null);
  const shown = days.length > 0;
  // What is over is above; a month opens on the day that it is.
  useEffect(() => {
    if (shown) ofToday.current?.scrollIntoView({ block: 'start' });
  }, [shown]);

  if (days.every(([, list]) => list.length === 0)) {
    return (
      <div className="pr-panel">
        <EmptyState icon={IconCalendar} title="Nothing this month">
          Scheduled posts stand here on their day; drafts on the day they are wished for.
        </EmptyState>
      </div>
    );
  }
  return (
    <Stack gap="md" data-testid="agenda">
      {days.map(([at, list]) => (
        <section key={at} aria-label={dayName(at)} ref={at === today ? ofToday : undefined} className={css.day}>
          <Group justify="space-between" mb={4}>
            <Text size="sm" fw={650} c={at === today ? 'var(--pr-blue)' : undefined}>
              {dayName(at)}
              {at === today && ' · today'}
            </Text>
            {onCreate && at >= today && (
              <ActionIcon size="sm" aria-label={`New post on ${dayName(at)}`} onClick={() => onCreate(at)}>
                <IconPlus size={15} />
              </ActionIcon>
            )}
          </Group>
          <div className="pr-panel" style={{ overflow: 'hidden' }}>
            {list.length === 0 && (
              <Text size="sm" c="dimmed" p="sm">
                Nothing today.
              </Text>
            )}
            {list
              .map((entry) => ({ entry, risk: riskOf(entry.deliveries) }))
              .map(({ entry, risk }) => (
                <UnstyledButton
                  key={`${entry.post_id}${entry.at}`}
                  className={css.row}
                  onClick={() => onOpen(entry.post_id)}
                >
                  <Text size="sm" fw={600} w={46} style={{ flex: 'none' }}>
                    {entry.binding ? timeOnly(entry.at, zone) : '—'}
                  </Text>
                  <span className={css.words}>
                    <Text size="sm" truncate>
                      {entryName(entry)}
                    </Text>
                    <Group gap={5}>
                      <Text size="xs" c="dimmed">
                        {typeNames[entry.content_type]}
                      </Text>
                      {byNetwork(entry.deliveries).map((delivery) => (
                        <NetworkMark key={delivery.id} network={delivery.channel.network} size={14} />
                      ))}
                    </Group>
                    {risk && (
                      <Text size="xs" c={risk.risk === 'expiring' ? 'var(--pr-amber)' : 'var(--pr-red)'}>
                        <IconAlertTriangle size={13} aria-hidden="true" style={{ verticalAlign: '-2px' }} />{' '}
                        {risk.message}
                      </Text>
                    )}
                  </span>
                  <StatusBadge status={entry.status} />
                </UnstyledButton>
              ))}
          </div>
        </section>
      ))}
    </Stack>
  );
}
