import { Button, Group, Text } from '@mantine/core';
import { IconAlertCircle, IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { ContentType, Problem } from '../../../api/types.ts';
import { NetworkMark } from '../../../networks/index.tsx';
import { typeNames } from '../../../ui/StatusBadge.tsx';
import { elementFor, toldOnce } from '../problems.ts';
import css from './ProblemList.module.css';

interface Props {
  problems: readonly Problem[];
  /** The types that a problem can be mended by changing to. */
  switches: (problem: Problem) => ContentType[];
  onSwitch: (type: ContentType) => void;
}

function show(field: string) {
  const element = document.getElementById(elementFor(field));
  element?.scrollIntoView({ block: 'center', behavior: 'smooth' });
  (element?.matches('input, textarea')
    ? element
    : element?.querySelector<HTMLElement>('input, textarea, button')
  )?.focus({ preventScroll: true });
}

/** What stops the post, then what should be known; each with what to do about it. */
export function ProblemList({ problems: all, switches, onSwitch }: Props) {
  const problems = toldOnce(all);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  return (
    <section aria-label="Problems" data-testid="problems">
      <Text size="sm" fw={650} mb={6} role="status">
        {problems.length === 0 ? (
          <Group gap={6} component="span">
            <IconCircleCheck size={17} color="var(--pr-green)" aria-hidden="true" /> Nothing stands in the way
          </Group>
        ) : errors > 0 ? (
          `${errors} to mend before it can be scheduled`
        ) : (
          'Good to know'
        )}
      </Text>
      <ul className={css.list}>
        {problems.map((problem) => (
          <li
            key={`${problem.field}${problem.code}${problem.network ?? ''}${problem.channel_id ?? ''}`}
            className={css.item}
            data-severity={problem.severity}
          >
            {problem.network ? (
              <NetworkMark network={problem.network} size={17} />
            ) : problem.severity === 'error' ? (
              <IconAlertCircle size={17} aria-hidden="true" />
            ) : (
              <IconAlertTriangle size={17} aria-hidden="true" />
            )}
            <div style={{ minWidth: 0 }}>
              <button type="button" className={css.go} onClick={() => show(problem.field)}>
                {problem.message}
              </button>
              <Text size="xs" c="dimmed">
                {problem.remedy}
              </Text>
              <Group gap={6}>
                {switches(problem).map((type) => (
                  <Button key={type} size="compact-xs" variant="light" mt={4} onClick={() => onSwitch(type)}>
                    Change to {typeNames[type].toLowerCase()}
                  </Button>
                ))}
              </Group>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
