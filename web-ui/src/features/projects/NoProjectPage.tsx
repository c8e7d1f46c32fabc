import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFolders } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { may, useMe } from '../../app/session.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { NewProjectDialog } from './NewProjectDialog.tsx';

export default function NoProjectPage() {
  const me = useMe();
  const navigate = useNavigate();
  const [making, dialog] = useDisclosure(false);
  const manages = me.organizations.filter((membership) => may(membership, 'manage'));
  return (
    <>
      <EmptyState
        icon={IconFolders}
        title="No project yet"
        action={manages.length > 0 ? <Button onClick={dialog.open}>Make the first project</Button> : undefined}
      >
        {manages.length > 0
          ? 'A project is one client or brand: it holds its own channels, posts and media.'
          : 'You are signed in, but no project is shown to you. Ask an owner of the organization to add you to one.'}
      </EmptyState>
      <NewProjectDialog
        opened={making}
        onClose={dialog.close}
        memberships={manages}
        onMade={(projectId) => void navigate({ to: '/p/$projectId/connections', params: { projectId } })}
      />
    </>
  );
}
