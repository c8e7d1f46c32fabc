import { Button, Collapse, Group } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconFilter } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** The filters of a list: side by side where there is room, behind one button where there is not. */
export function Filters({ active, children, lead }: { active: number; children: ReactNode; lead?: ReactNode }) {
  const narrow = useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false });
  const [open, toggle] = useDisclosure(active > 0);
  if (!narrow) {
    return (
      <Group gap={6} role="search">
        {lead}
        {children}
      </Group>
    );
  }
  return (
    <div role="search" style={{ width: '100%' }}>
      <Group gap={6} wrap="nowrap">
        {lead}
        <Button
          variant="default"
          onClick={toggle.toggle}
          aria-expanded={open}
          leftSection={<IconFilter size={16} />}
          style={{ flex: 'none' }}
        >
          {active > 0 ? `Filters (${active})` : 'Filters'}
        </Button>
      </Group>
      <Collapse expanded={open}>
        <Group gap={6} pt={8}>
          {children}
        </Group>
      </Collapse>
    </div>
  );
}
