import { Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api/client.ts';
import { explain, hasCode } from '../../../api/errors.ts';
import type { ChannelView, ProjectView } from '../../../api/types.ts';
import { plural, words } from '../../../lib/format.ts';
import { dateTime } from '../../../lib/zones.ts';
import { networks } from '../../../networks/index.tsx';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { refreshChannels } from '../queries.ts';

/** Disconnects a channel; where posts still wait for it, lists them with one step to make them drafts. */
export function DisconnectDialog({
  channel,
  project,
  opened,
  onClose,
}: {
  channel: ChannelView;
  project: ProjectView;
  opened: boolean;
  onClose: () => void;
}) {
  const disconnect = api.useMutation('delete', '/api/v1/channels/{id}', {
    onSuccess: () => {
      onClose();
      void refreshChannels();
    },
  });
  const run = (unschedule: boolean) =>
    disconnect.mutate({ params: { path: { id: channel.id }, query: { unschedule: unschedule || undefined } } });
  const refused = hasCode(disconnect.error, 'channel.in_use');
  const blocking = refused ? explain(disconnect.error).blocking : [];
  const close = () => {
    disconnect.reset();
    onClose();
  };

  return (
    <Modal opened={opened} onClose={close} title={`Disconnect ${channel.name}?`}>
      <Stack>
        {refused ? (
          <>
            <Text size="sm">
              {plural(blocking.length, 'post')} still {blocking.length === 1 ? 'waits' : 'wait'} for this channel. Make{' '}
              {blocking.length === 1 ? 'it a draft' : 'them drafts'} first, or give{' '}
              {blocking.length === 1 ? 'it' : 'them'} another channel.
            </Text>
            <List size="sm" spacing={4} mah={240} style={{ overflow: 'auto' }}>
              {blocking.map((delivery) => (
                <List.Item key={delivery.delivery_id}>
                  <Link
                    to="/p/$projectId/posts/$postId"
                    params={{ projectId: project.id, postId: delivery.post_id }}
                    className="pr-link"
                  >
                    {delivery.title || 'Untitled post'}
                  </Link>{' '}
                  · {words(delivery.state)}
                  {delivery.due_at && `, ${dateTime(delivery.due_at, project.time_zone)}`}
                </List.Item>
              ))}
            </List>
          </>
        ) : (
          <Text size="sm">
            Postrider gives the access back to {networks[channel.network].name} and erases it here. What was published
            stays there; its history stays here. Drafts lose this channel.
          </Text>
        )}
        {disconnect.isError && !refused && <ErrorNote error={disconnect.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Keep it
          </Button>
          <Button color="red.9" loading={disconnect.isPending} onClick={() => run(refused)}>
            {refused ? 'Make drafts and disconnect' : 'Disconnect'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
