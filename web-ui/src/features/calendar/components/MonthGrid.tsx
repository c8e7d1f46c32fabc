import '@fullcalendar/react/skeleton.css';
import '@fullcalendar/react/themes/classic/theme.css';
import '@fullcalendar/react/themes/classic/palette.css';
import FullCalendar from '@fullcalendar/react';
import dayGridPlugin from '@fullcalendar/react/daygrid';
import interactionPlugin from '@fullcalendar/react/interaction';
import classicTheme from '@fullcalendar/react/themes/classic';
import { useComputedColorScheme } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { CalendarEntry } from '../../../api/types.ts';
import { plural } from '../../../lib/format.ts';
import { wallTime } from '../../../lib/zones.ts';
import { entryName } from '../../posts/words.ts';
import { dayName } from '../days.ts';
import { EntryChip } from './EntryChip.tsx';
import css from './MonthGrid.module.css';

export interface CalendarViewProps {
  day: string;
  today: string;
  zone: string;
  entries: CalendarEntry[];
  onOpen: (postId: string) => void;
  onCreate?: (day: string) => void;
}

const plugins = [dayGridPlugin, interactionPlugin, classicTheme];
const isoDay = (date: Date) => date.toISOString().slice(0, 10);

/** A month. The grid is told wall times of the project's zone as if they were UTC, so that no other zone comes in. */
export function MonthGrid({ day, today, zone, entries, onOpen, onCreate }: CalendarViewProps) {
  const scheme = useComputedColorScheme('light');
  const events = useMemo(
    () =>
      entries.map((entry) => ({
        id: `${entry.post_id} ${entry.at}`,
        title: entryName(entry),
        start: `${wallTime(entry.at, zone)}:00Z`,
        extendedProps: { entry },
      })),
    [entries, zone],
  );
  return (
    <div className={css.grid} data-testid="month">
      <FullCalendar
        plugins={plugins}
        colorScheme={scheme}
        initialView="dayGridMonth"
        initialDate={day}
        now={`${today}T12:00:00Z`}
        timeZone="UTC"
        firstDay={1}
        headerToolbar={false}
        height="100%"
        expandRows
        fixedWeekCount={false}
        dayMaxEvents
        // A post is an instant: the hour that it would be given otherwise can reach into the next day.
        defaultTimedEventDuration="00:01"
        events={events}
        eventOrder="start,title"
        eventDisplay="block"
        eventInteractive
        eventContent={({ event }) => <EntryChip entry={event.extendedProps.entry as CalendarEntry} zone={zone} />}
        eventClass={css.event}
        moreLinkClass={css.more}
        moreLinkText={(count) => `+${count} more`}
        moreLinkHint={(count) => `Show ${plural(count, 'more post')}`}
        dayCellTopContent={({ date, dayNumberText }) => {
          const at = isoDay(date);
          return (
            <span className={css.top}>
              {onCreate && at >= today && (
                // The calendar hides the head of a day from screen readers, which have the list and “New post”; this is for the mouse.
                <button
                  type="button"
                  tabIndex={-1}
                  className={css.add}
                  aria-label={`New post on ${dayName(at)}`}
                  onClick={() => onCreate(at)}
                >
                  <IconPlus size={13} />
                </button>
              )}
              <span className={css.number} data-today={at === today ? true : undefined}>
                {dayNumberText}
              </span>
            </span>
          );
        }}
        eventClick={({ event, jsEvent }) => {
          jsEvent.preventDefault();
          onOpen((event.extendedProps.entry as CalendarEntry).post_id);
        }}
        dateClick={({ dateStr }) => {
          const at = dateStr.slice(0, 10);
          if (onCreate && at >= today) onCreate(at);
        }}
      />
    </div>
  );
}
