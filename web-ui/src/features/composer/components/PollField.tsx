import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { Network, Poll } from '../../../api/types.ts';
import { plural } from '../../../lib/format.ts';
import { offerOf, type PollRule, type Rules } from '../../../lib/rules.ts';

const hourMinutes = 60;
const dayMinutes = 24 * hourMinutes;
const usual = [
  30,
  hourMinutes,
  6 * hourMinutes,
  12 * hourMinutes,
  dayMinutes,
  2 * dayMinutes,
  3 * dayMinutes,
  5 * dayMinutes,
  7 * dayMinutes,
  14 * dayMinutes,
];

const durationName = (minutes: number): string =>
  minutes % dayMinutes === 0
    ? plural(minutes / dayMinutes, 'day')
    : minutes % hourMinutes === 0
      ? plural(minutes / hourMinutes, 'hour')
      : plural(minutes, 'minute');

/** The durations that every one of these networks takes. */
export function commonDurations(rules: readonly PollRule[]): number[] {
  const fits = (minutes: number) =>
    rules.every((rule) =>
      rule.durations.length > 0
        ? rule.durations.includes(minutes)
        : minutes >= (rule.duration_min?.value ?? 0) &&
          minutes <= (rule.duration_max?.value ?? Number.POSITIVE_INFINITY),
    );
  const candidates = [...new Set([...rules.flatMap((rule) => rule.durations), ...usual])];
  return candidates.filter(fits).sort((a, b) => a - b);
}

export function PollField({
  poll,
  networks,
  rules,
  onChange,
}: {
  poll: Poll;
  networks: readonly Network[];
  rules: Rules;
  onChange: (poll: Poll) => void;
}) {
  const polls = networks.flatMap((network) => offerOf(rules, network, 'poll')?.poll ?? []);
  const most = Math.min(...polls.map((rule) => rule.options_max.value), 10);
  const durations = commonDurations(polls);
  const options = durations.includes(poll.duration_minutes)
    ? durations
    : [...durations, poll.duration_minutes].sort((a, b) => a - b);
  const setOption = (index: number, value: string) =>
    onChange({ ...poll, options: poll.options.map((option, at) => (at === index ? value : option)) });
  return (
    <Stack gap="xs" id="field-poll">
      <TextInput
        label="Question"
        value={poll.question}
        onChange={(event) => onChange({ ...poll, question: event.currentTarget.value })}
      />
      <Text size="sm" fw={550} component="div">
        Options
      </Text>
      {poll.options.map((option, index) => (
        <Group key={index} gap={6} wrap="nowrap">
          <TextInput
            style={{ flex: 1 }}
            aria-label={`Option ${index + 1}`}
            placeholder={`Option ${index + 1}`}
            value={option}
            onChange={(event) => setOption(index, event.currentTarget.value)}
          />
          <ActionIcon
            aria-label={`Remove option ${index + 1}`}
            disabled={poll.options.length <= 2}
            onClick={() => onChange({ ...poll, options: poll.options.filter((_, at) => at !== index) })}
          >
            <IconTrash size={17} />
          </ActionIcon>
        </Group>
      ))}
      <Group justify="space-between" align="flex-end">
        {poll.options.length < most ? (
          <Button
            size="xs"
            variant="light"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange({ ...poll, options: [...poll.options, ''] })}
          >
            Add an option
          </Button>
        ) : (
          <Text size="xs" c="dimmed">
            {most} options are the most that the chosen channels take.
          </Text>
        )}
        <NativeSelect
          label="Runs for"
          w={150}
          value={String(poll.duration_minutes)}
          data={options.map((minutes) => ({ value: String(minutes), label: durationName(minutes) }))}
          onChange={(event) => onChange({ ...poll, duration_minutes: Number(event.currentTarget.value) })}
        />
      </Group>
    </Stack>
  );
}
