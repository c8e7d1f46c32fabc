import { Button, Menu, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconChevronDown, IconPlus, IconSearch } from '@tabler/icons-react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Me } from '../../api/types.ts';
import { may } from '../../app/session.tsx';

const NewProjectDialog = lazy(() =>
  import('./NewProjectDialog.tsx').then((module) => ({ default: module.NewProjectDialog })),
);

const searchFrom = 7;

/** Shows the project one is in and changes it; the screen stays the same kind. */
export function ProjectSwitcher({ me, projectId }: { me: Me; projectId?: string }) {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [typed, setTyped] = useState('');
  const [making, dialog] = useDisclosure(false);
  const all = me.organizations.flatMap((membership) => membership.projects);
  const current = all.find((project) => project.id === projectId);
  const manages = me.organizations.filter((membership) => may(membership, 'manage'));
  const folded = typed.trim().toLowerCase();

  const go = (id: string) => {
    const screen = /\/p\/[^/]+\/(calendar|library|connections)/.exec(path)?.[1] ?? 'calendar';
    void navigate({ to: `/p/${id}/${screen}` as '/' });
  };

  if (all.length === 0 && manages.length === 0) return null;
  return (
    <>
      <Menu width={260} position="bottom-start" onClose={() => setTyped('')}>
        <Menu.Target>
          <Button
            variant="default"
            size="sm"
            rightSection={<IconChevronDown size={15} />}
            maw={230}
            styles={{ label: { overflow: 'hidden', textOverflow: 'ellipsis' } }}
            aria-label={`Project: ${current?.name ?? 'none'}. Change project`}
          >
            {current?.name ?? 'Choose a project'}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {all.length >= searchFrom && (
            <TextInput
              size="xs"
              m={6}
              placeholder="Find a project"
              aria-label="Find a project"
              leftSection={<IconSearch size={14} />}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
          <div style={{ maxHeight: 340, overflow: 'auto' }}>
            {me.organizations.map((membership) => (
              <div key={membership.organization.id}>
                <Menu.Label>{membership.organization.name}</Menu.Label>
                {membership.projects
                  .filter((project) => project.name.toLowerCase().includes(folded))
                  .map((project) => (
                    <Menu.Item
                      key={project.id}
                      onClick={() => go(project.id)}
                      leftSection={
                        <IconCheck size={15} style={{ visibility: project.id === projectId ? 'visible' : 'hidden' }} />
                      }
                    >
                      <Text size="sm" truncate>
                        {project.name}
                      </Text>
                    </Menu.Item>
                  ))}
              </div>
            ))}
          </div>
          {manages.length > 0 && (
            <>
              <Menu.Divider />
              <Menu.Item leftSection={<IconPlus size={15} />} onClick={dialog.open}>
                New project…
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {making && <NewProjectDialog opened={making} onClose={dialog.close} memberships={manages} onMade={go} />}
      </Suspense>
    </>
  );
}
