import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import type { ResolvedTime } from '../../../api/types.ts';
import {
  dateTime,
  fromNow,
  instantOf,
  offsetLabel,
  readerZone,
  wallTime,
  zoneLabel,
  zonesDiffer,
} from '../../../lib/zones.ts';
import { Notice } from '../../../ui/Notice.tsx';
import type { When } from '../draft.ts';

const ZoneSelect = lazy(() => import('../../../ui/ZoneSelect.tsx'));

interface Props {
  label: string;
  when: When;
  /** What the server says the time means. */
  resolved?: ResolvedTime | null;
  onChange: (part: Partial<When>) => void;
  id?: string;
}

/** Minutes after now that a suggested time lies at least. */
const soonMinutes = 60;

/** A day and a time in a zone, with what they mean where the reader is and where the clock is changed. */
export function WhenField({ label, when, resolved, onChange, id }: Props) {
  const [day = '', time = ''] = when.local.split('T');
  const mine = readerZone();
  const at = resolved ? new Date(resolved.at) : when.local !== '' ? instantOf(when.local, when.zone) : undefined;
  const past = at !== undefined && at.getTime() <= Date.now();
  const setDay = (value: string) => onChange({ local: value === '' ? '' : `${value}T${time || '09:00'}` });
  const setTime = (value: string) => day !== '' && onChange({ local: `${day}T${value || '00:00'}` });
  const soon = () => {
    const quarter = 15 * 60_000;
    const ms = Math.ceil((Date.now() + soonMinutes * 60_000) / quarter) * quarter;
    onChange({ local: wallTime(new Date(ms), when.zone) });
  };
  const tomorrow = () =>
    onChange({ local: `${wallTime(new Date(Date.now() + 86_400_000), when.zone).slice(0, 10)}T09:00` });

  return (
    <Stack gap={6} id={id} role="group" aria-label={label}>
      <Group gap="xs" align="flex-end" grow preventGrowOverflow={false}>
        <TextInput
          label="Date"
          type="date"
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          miw={140}
        />
        <TextInput
          label="Time"
          type="time"
          value={time}
          disabled={day === ''}
          onChange={(event) => setTime(event.currentTarget.value)}
          miw={110}
        />
        <Suspense fallback={<TextInput label="Time zone" value={when.zone} readOnly miw={190} />}>
          <ZoneSelect value={when.zone} onChange={(zone) => onChange({ zone })} />
        </Suspense>
      </Group>
      <Group gap="xs">
        <Button size="compact-xs" variant="light" onClick={soon}>
          In an hour
        </Button>
        <Button size="compact-xs" variant="light" onClick={tomorrow}>
          Tomorrow at 9:00
        </Button>
        {when.local !== '' && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onChange({ local: '' })}>
            No time
          </Button>
        )}
      </Group>
      {at && (
        <Text size="sm" c={past ? 'var(--pr-red)' : 'dimmed'} role={past ? 'alert' : 'status'}>
          {past
            ? 'This time has passed. Choose a later one.'
            : `${dateTime(at, when.zone)} · ${zoneLabel(when.zone, at)} · ${fromNow(at, Date.now())}`}
          {zonesDiffer(at, when.zone, mine) &&
            ` That is ${dateTime(at, mine)} where you are (${mine.replaceAll('_', ' ')}).`}
        </Text>
      )}
      {resolved?.explanation && (
        <Notice tone="amber" icon={<IconClockExclamation size={18} />} title="The clock is changed at that time">
          <Text size="sm">{resolved.explanation}</Text>
          {resolved.choices.length > 0 && (
            <Radio.Group
              mt={6}
              aria-label="Which instant is meant"
              value={when.choice ?? resolved.choices.find((choice) => choice.at === resolved.at)?.choice ?? ''}
              onChange={(choice) => onChange({ choice: choice === 'later' ? 'later' : 'earlier' })}
            >
              <Stack gap={4}>
                {resolved.choices.map((choice) => (
                  <Radio
                    key={choice.choice}
                    value={choice.choice}
                    label={`${dateTime(choice.at, when.zone)} · ${offsetLabel(when.zone, choice.at)}`}
                  />
                ))}
              </Stack>
            </Radio.Group>
          )}
        </Notice>
      )}
    </Stack>
  );
}
