import { Avatar, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { api, queryClient } from '../../../api/client.ts';
import { ApiError } from '../../../api/errors.ts';
import type { ConnectionView } from '../../../api/types.ts';
import { initials, line, plural } from '../../../lib/format.ts';
import { accountKind, networks } from '../../../networks/index.tsx';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { refreshChannels } from '../queries.ts';
import { atHandle } from '../standing.ts';
import css from './Chooser.module.css';

const lookEveryMs = 1200;

/** A connection, looked at until the person is back from the network. */
export function useConnection(id: string) {
  const options = { params: { path: { id } } };
  useEffect(() => {
    // The window that comes back from the network says so, by whichever of the two ways the browser leaves open.
    const channel = new BroadcastChannel('postrider');
    const told = (event: MessageEvent) => {
      if (event.origin !== window.location.origin || event.data?.type !== 'postrider:connection') return;
      void queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/connections/{id}'] });
    };
    window.addEventListener('message', told);
    channel.addEventListener('message', told);
    return () => {
      window.removeEventListener('message', told);
      channel.close();
    };
  }, []);
  return api.useQuery('get', '/api/v1/connections/{id}', options, {
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.status === 'pending' ? lookEveryMs : false),
    refetchIntervalInBackground: true,
  });
}

/** The accounts that a grant brought, to choose from; those that cannot be used say what is missing. */
export function Chooser({
  connection,
  onAgain,
  onDone,
}: {
  connection: ConnectionView;
  onAgain?: () => void;
  onDone: () => void;
}) {
  const network = networks[connection.network].name;
  const free = connection.accounts.filter((account) => !account.unusable && !account.channel_id);
  const [chosen, setChosen] = useState<string[]>(free.length === 1 && free[0] ? [free[0].external_id] : []);
  const add = api.useMutation('post', '/api/v1/connections/{id}/channels', {
    onSuccess: () => {
      void refreshChannels();
      onDone();
    },
  });
  const failure = connection.error ? (
    <ErrorNote
      error={new ApiError(connection.error.status, connection.error)}
      title={connection.status === 'failed' ? `${network} was not connected` : undefined}
      onRetry={onAgain}
    />
  ) : null;

  if (connection.status === 'failed')
    return failure ?? <ErrorNote error={new Error(`${network} did not say why it failed.`)} onRetry={onAgain} />;
  if (connection.status === 'done') {
    return (
      <Stack align="center" ta="center" py="md">
        <IconCircleCheck size={44} stroke={1.5} color="var(--pr-green)" aria-hidden="true" />
        <Text fw={600}>{connection.reconnect_channel_id ? 'The channel works again.' : 'Connected.'}</Text>
        {failure}
        <Button onClick={onDone}>Done</Button>
      </Stack>
    );
  }
  if (connection.accounts.length === 0) {
    return (
      <Stack>
        {failure}
        <Notice tone="amber" title={`${network} showed no account`}>
          The person who signed in manages none that can be posted to, or none was ticked on {network}’s pages. Begin
          again and tick the accounts to use.
        </Notice>
        <Group justify="flex-end">
          {onAgain && (
            <Button variant="default" onClick={onAgain}>
              Begin again
            </Button>
          )}
        </Group>
      </Stack>
    );
  }
  return (
    <Stack>
      {failure}
      <Text size="sm">
        {connection.reconnect_channel_id
          ? 'This is another account than the channel’s. You can add it as a channel of its own.'
          : `Choose what to add. ${network} signed you in to ${plural(connection.accounts.length, 'account')}.`}
      </Text>
      <Checkbox.Group value={chosen} onChange={setChosen} aria-label="Accounts">
        <Stack gap={6}>
          {connection.accounts.map((account) => {
            const reason = account.channel_id ? 'Already a channel of this project' : account.unusable;
            return (
              <label
                key={account.external_id}
                className={css.account}
                data-off={reason ? true : undefined}
                data-testid="account"
              >
                <Checkbox value={account.external_id} disabled={Boolean(reason)} aria-label={account.name} />
                <Avatar src={account.avatar_url ?? undefined} size={36} radius="xl" alt="">
                  {initials(account.name)}
                </Avatar>
                <span className={css.words}>
                  <Text size="sm" fw={600} truncate>
                    {account.name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {line([atHandle(account.handle), accountKind(connection.network, account.kind), account.detail])}
                  </Text>
                  {reason && (
                    <Text size="xs" c={account.channel_id ? 'dimmed' : 'var(--pr-amber)'}>
                      {reason}
                    </Text>
                  )}
                </span>
              </label>
            );
          })}
        </Stack>
      </Checkbox.Group>
      {add.isError && <ErrorNote error={add.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {free.length === 0 ? 'Close' : 'Not now'}
        </Button>
        {free.length > 0 && (
          <Button
            disabled={chosen.length === 0}
            loading={add.isPending}
            onClick={() => add.mutate({ params: { path: { id: connection.id } }, body: { external_ids: chosen } })}
          >
            {chosen.length > 1 ? `Add ${chosen.length} channels` : 'Add channel'}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
