import { Button, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { explain } from '../api/errors.ts';
import { Notice } from './Notice.tsx';

/** An error where it happened: what it was and what to do, with a way to try again. */
export function ErrorNote({
  error,
  onRetry,
  title,
  children,
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
  children?: ReactNode;
}) {
  const told = explain(error);
  return (
    <Notice tone="red" icon={<IconAlertTriangle size={18} />} title={title ?? told.title} role="alert">
      <Text size="sm">{told.text}</Text>
      {told.remedy && (
        <Text size="sm" mt={4}>
          {told.remedy}
        </Text>
      )}
      {told.problems.length > 0 && (
        <List size="sm" mt={6}>
          {told.problems.map((problem) => (
            <List.Item key={`${problem.field}${problem.code}${problem.channel_id ?? ''}`}>
              {problem.message} {problem.remedy}
            </List.Item>
          ))}
        </List>
      )}
      {(onRetry || children) && (
        <Group mt="sm" gap="xs">
          {onRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
          {children}
        </Group>
      )}
    </Notice>
  );
}
