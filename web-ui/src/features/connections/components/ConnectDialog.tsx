import { Button, Group, Loader, Modal, Radio, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconExternalLink } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { client } from '../../../api/client.ts';
import type { ChannelView, ConnectVariant, NetworkView, ProjectView } from '../../../api/types.ts';
import { sentence } from '../../../lib/format.ts';
import { NetworkMark } from '../../../networks/index.tsx';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { refreshChannels } from '../queries.ts';
import { Chooser, useConnection } from './Chooser.tsx';
import { ConnectForm } from './ConnectForm.tsx';

/** What the person typed, by the fields' keys. */
type Typed = Record<string, string>;

interface Props {
  project: ProjectView;
  network?: NetworkView;
  reconnecting?: ChannelView;
  /** Whether an account of this network is there already, so that the network must let the person choose anew. */
  another: boolean;
  onClose: () => void;
}

/** From naming the permissions, over the network's own pages, to choosing accounts. */
export function ConnectDialog(props: Props) {
  const { network, reconnecting, onClose } = props;
  const title = reconnecting ? `Reconnect ${reconnecting.name}` : `Connect ${network?.label ?? ''}`;
  return (
    <Modal
      opened={network !== undefined}
      onClose={onClose}
      size="lg"
      title={
        <Group gap={8}>
          {network && <NetworkMark network={network.network} size={22} />}
          <Text fw={650}>{title}</Text>
        </Group>
      }
    >
      {network && <Steps {...props} network={network} />}
    </Modal>
  );
}

function Steps({ project, network, reconnecting, another, onClose }: Props & { network: NetworkView }) {
  const variants = network.variants;
  const [key, setKey] = useState(
    reconnecting?.variant ?? variants.find((item) => item.configured)?.key ?? variants[0]?.key ?? '',
  );
  const variant = variants.find((item) => item.key === key) ?? variants[0];
  const [connectionId, setConnectionId] = useState<string>();
  const [blockedUrl, setBlockedUrl] = useState<string>();
  const popup = useRef<Window | null>(null);

  const begin = useMutation({
    mutationFn: async (typed: Typed) => {
      const body = { variant: variant?.key, again: another || reconnecting !== undefined, ...typed };
      const { data } = reconnecting
        ? await client.POST('/api/v1/channels/{id}/reconnect', { params: { path: { id: reconnecting.id } }, body })
        : await client.POST('/api/v1/projects/{id}/connections/{network}', {
            params: { path: { id: project.id, network: network.network } },
            body,
          });
      if (!data) throw new Error('The server began no connection.');
      return data;
    },
    onSuccess: (begun) => {
      setConnectionId(begun.connection_id);
      if (!begun.authorize_url) return;
      if (popup.current && !popup.current.closed) popup.current.location.replace(begun.authorize_url);
      else setBlockedUrl(begun.authorize_url);
    },
    onError: () => popup.current?.close(),
  });

  if (!variant) return <Text>This version of Postrider cannot connect {network.label}.</Text>;
  if (connectionId) {
    return (
      <Progress
        connectionId={connectionId}
        label={network.label}
        blockedUrl={blockedUrl}
        onAgain={() => {
          setConnectionId(undefined);
          setBlockedUrl(undefined);
          begin.reset();
        }}
        onClose={() => {
          popup.current?.close();
          void refreshChannels();
          onClose();
        }}
      />
    );
  }

  const go = (typed: Typed) => {
    if (variant.by === 'oauth') {
      // The window opens while the click still counts as the person's own; the address follows.
      popup.current = window.open('', 'postrider-connect', 'popup,width=620,height=760');
    }
    begin.mutate(typed);
  };

  return (
    <Stack>
      {reconnecting && <Text size="sm">The channel and its scheduled posts stay. Sign in to the same account.</Text>}
      {variants.length > 1 && !reconnecting && (
        <Radio.Group label="How" value={variant.key} onChange={setKey}>
          <Stack gap={6} mt={6}>
            {variants.map((item) => (
              <Radio
                key={item.key}
                value={item.key}
                label={item.label}
                description={item.configured ? undefined : 'Not set up on this installation'}
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <Permissions variant={variant} label={network.label} />
      {!variant.configured && (
        <Notice tone="amber" icon={<IconAlertTriangle size={18} />} title="The keys are missing">
          Who runs this Postrider has to enter the app’s id and secret for {network.label} in its configuration;
          `postrider doctor` names the settings.
        </Notice>
      )}
      {begin.isError && <ErrorNote error={begin.error} />}
      <ConnectForm
        key={variant.key}
        variant={variant}
        label={network.label}
        handle={reconnecting?.handle}
        error={begin.error}
        busy={begin.isPending}
        onCancel={onClose}
        onSubmit={go}
      />
    </Stack>
  );
}

function Permissions({ variant, label }: { variant: ConnectVariant; label: string }) {
  if (variant.permissions.length === 0) return null;
  return (
    <div>
      <Text size="sm" mb="xs">
        {variant.by === 'oauth'
          ? `${label} will ask for these. Leave all of them ticked: what is left out will not work here.`
          : 'With it, Postrider can:'}
      </Text>
      <Table.ScrollContainer minWidth={280} mah={320}>
        <Table verticalSpacing={6} aria-label="Permissions">
          <Table.Tbody>
            {variant.permissions.map((permission) => (
              <Table.Tr key={permission.scope}>
                <Table.Td>
                  <Text size="sm">{sentence(permission.purpose)}</Text>
                  <Text size="xs" c="dimmed" ff="monospace">
                    {permission.scope}
                  </Text>
                </Table.Td>
                <Table.Td ta="end">
                  <Text size="xs" c="dimmed">
                    for {permission.feature}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}

function Progress({
  connectionId,
  label,
  blockedUrl,
  onAgain,
  onClose,
}: {
  connectionId: string;
  label: string;
  blockedUrl?: string;
  onAgain: () => void;
  onClose: () => void;
}) {
  const connection = useConnection(connectionId);
  if (connection.isError) return <ErrorNote error={connection.error} onRetry={onAgain} />;
  if (!connection.data || connection.data.status === 'pending') {
    return (
      <Stack align="center" ta="center" py="md">
        {blockedUrl ? (
          <>
            <Text>Your browser did not open a window.</Text>
            <Button component="a" href={blockedUrl} rightSection={<IconExternalLink size={16} />}>
              Go on to {label} in this tab
            </Button>
            <Text size="sm" c="dimmed">
              You come back here by yourself.
            </Text>
          </>
        ) : (
          <>
            <Loader />
            <Text>Finish in the window of {label}.</Text>
            <Text size="sm" c="dimmed">
              Closed it, or does it not show?
            </Text>
            <Button variant="default" size="xs" onClick={onAgain}>
              Begin again
            </Button>
          </>
        )}
      </Stack>
    );
  }
  return <Chooser connection={connection.data} onAgain={onAgain} onDone={onClose} />;
}
