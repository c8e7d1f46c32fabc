import { Container, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

/** The frame of the pages in front of the sign-in. */
export function Door({ title, line, children }: { title: string; line?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Postrider`;
  }, [title]);
  return (
    <Container size={440} py={{ base: 32, sm: 88 }} component="main">
      <Group gap={10} mb="lg" justify="center">
        <img src="/favicon.svg" width={36} height={36} alt="" />
        <Text fz={22} fw={700}>
          Postrider
        </Text>
      </Group>
      <div className="pr-panel" style={{ padding: 28 }}>
        <Title order={1} fz={20} mb={line ? 4 : 'md'}>
          {title}
        </Title>
        {line && (
          <Text c="dimmed" size="sm" mb="md">
            {line}
          </Text>
        )}
        {children}
      </div>
    </Container>
  );
}
