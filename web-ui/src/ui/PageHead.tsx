import { Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

export function PageHead({ title, line, children }: { title: string; line?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Postrider`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="md">
      <div style={{ minWidth: 0 }}>
        <Title order={1} className="pr-clamp-2">
          {title}
        </Title>
        {line && (
          <Text c="dimmed" size="sm" component="div">
            {line}
          </Text>
        )}
      </div>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
