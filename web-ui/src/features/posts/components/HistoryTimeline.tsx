import { Skeleton, Stack, Text } from '@mantine/core';
import { api } from '../../../api/client.ts';
import type { AttemptView, StepView } from '../../../api/types.ts';
import { took, words } from '../../../lib/format.ts';
import { dateTimeSeconds } from '../../../lib/zones.ts';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { Dot, type Tone } from '../../../ui/Pill.tsx';
import css from './HistoryTimeline.module.css';

/** Each attempt and each step of a delivery: when, how long, what was answered. */
export function HistoryTimeline({ deliveryId, zone }: { deliveryId: string; zone: string }) {
  const history = api.useQuery('get', '/api/v1/deliveries/{id}/history', { params: { path: { id: deliveryId } } });
  if (history.isPending) return <Skeleton h={90} mt="sm" />;
  if (history.isError) return <ErrorNote error={history.error} onRetry={() => void history.refetch()} />;
  const { attempts } = history.data;
  if (attempts.length === 0) {
    return (
      <Text size="sm" c="dimmed" mt="sm">
        Nothing happened yet. Each attempt and each call to the network will be listed here.
      </Text>
    );
  }
  let number = attempts.filter((attempt) => attempt.id).length + 1;
  return (
    <Stack gap="md" mt="md" data-testid="history">
      {attempts.map((attempt, index) => {
        if (attempt.id) number -= 1;
        return (
          <Attempt
            key={attempt.id ?? index}
            attempt={attempt}
            name={attempt.id ? `Attempt ${number}` : 'By people'}
            zone={zone}
          />
        );
      })}
    </Stack>
  );
}

function Attempt({ attempt, name, zone }: { attempt: AttemptView; name: string; zone: string }) {
  return (
    <section aria-label={name}>
      <Text size="sm" fw={650}>
        {name}
        <Text span size="xs" c="dimmed" fw={400}>
          {attempt.started_at && ` · ${dateTimeSeconds(attempt.started_at, zone)}`}
          {attempt.outcome && ` · ended ${words(attempt.outcome).toLowerCase()}`}
        </Text>
      </Text>
      <ol className={css.steps}>
        {attempt.steps.map((step) => (
          <li key={step.id}>
            <Dot tone={stepTone(step)} />
            <div className={css.body}>
              <Text size="sm">
                {step.kind === 'commit' ? <b>{words(step.label)}</b> : stepName(step)}
                <Text span size="xs" c="dimmed">
                  {' '}
                  {dateTimeSeconds(step.started_at, zone).split(', ')[1]}
                  {step.took_ms != null && step.kind !== 'person' && ` · ${took(step.took_ms)}`}
                  {step.http_status != null && ` · HTTP ${step.http_status}`}
                  {` · ${words(step.outcome).toLowerCase()}`}
                </Text>
              </Text>
              {step.detail && (
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {step.detail}
                </Text>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What people did, as one tells it; whatever has no words of its own here is read as it is written. */
const deeds: Record<string, string> = {
  schedule: 'Scheduled',
  unschedule: 'Made a draft again',
  reschedule: 'Given another time',
  publish_now: 'Published now',
  cancel: 'Called off',
  edit: 'Edited',
  retry: 'Tried again',
  resolve_there: 'Said that it is there',
  resolve_absent: 'Said that it is not there',
  mark_posted: 'Marked as posted',
};

export function stepName(step: Pick<StepView, 'kind' | 'label'>): string {
  return (step.kind === 'person' && deeds[step.label]) || words(step.label);
}

export function stepTone(step: Pick<StepView, 'outcome' | 'kind'>): Tone {
  if (/^(ok|found|published|drafted)$/.test(step.outcome)) return 'green';
  if (/refused|failed/.test(step.outcome)) return 'red';
  if (/lost|not_sent|unknown|absent|deferred|in_doubt|missed/.test(step.outcome)) return 'amber';
  return step.kind === 'person' ? 'blue' : 'grey';
}
