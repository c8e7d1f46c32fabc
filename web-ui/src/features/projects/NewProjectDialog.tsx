import { Button, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, queryClient } from '../../api/client.ts';
import type { Membership } from '../../api/types.ts';
import { meQuery } from '../../app/session.tsx';
import { allZones } from '../../lib/zones.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';

export function NewProjectDialog(props: {
  opened: boolean;
  onClose: () => void;
  memberships: Membership[];
  onMade: (id: string) => void;
}) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="New project">
      <NewProjectForm {...props} />
    </Modal>
  );
}

function NewProjectForm({
  memberships,
  onClose,
  onMade,
}: {
  memberships: Membership[];
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const [organizationId, setOrganizationId] = useState(memberships[0]?.organization.id ?? '');
  const organization = memberships.find((membership) => membership.organization.id === organizationId)?.organization;
  const [name, setName] = useState('');
  const [zone, setZone] = useState(organization?.time_zone ?? 'UTC');
  const make = api.useMutation('post', '/api/v1/organizations/{id}/projects');

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const made = await make.mutateAsync({
      params: { path: { id: organizationId } },
      body: { name: name.trim(), time_zone: zone },
    });
    await queryClient.refetchQueries({ queryKey: meQuery.queryKey });
    onClose();
    onMade(made.id);
  };

  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)}>
      <Stack>
        {memberships.length > 1 && (
          <Select
            label="Organization"
            data={memberships.map(({ organization: { id, name: label } }) => ({ value: id, label }))}
            value={organizationId}
            onChange={(value) => value && setOrganizationId(value)}
            allowDeselect={false}
          />
        )}
        <TextInput
          label="Name"
          description="One client or brand"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="Time zone"
          description="Times are typed and shown in this zone"
          searchable
          data={allZones()}
          value={zone}
          onChange={(value) => value && setZone(value)}
          allowDeselect={false}
          limit={60}
        />
        {make.isError && <ErrorNote error={make.error} />}
        <Button type="submit" loading={make.isPending} disabled={name.trim() === ''}>
          Make project
        </Button>
      </Stack>
    </form>
  );
}
