import { Button, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconDeviceDesktop } from '@tabler/icons-react';
import { api, queryClient } from '../../api/client.ts';
import type { SessionView } from '../../api/types.ts';
import { useMe } from '../../app/session.tsx';
import { words } from '../../lib/format.ts';
import { dateTime, fromNow, readerZone } from '../../lib/zones.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { Pill } from '../../ui/Pill.tsx';

export default function AccountPage() {
  const me = useMe();
  const sessions = api.useQuery('get', '/api/v1/sessions', { params: { query: { limit: 100 } } });
  return (
    <>
      <PageHead title="Account" line={`${me.user.name} · ${me.user.email}`} />
      <Stack gap="lg" maw={720}>
        <section>
          <Title order={2} mb="xs">
            Where you belong
          </Title>
          <Stack gap="xs">
            {me.organizations.map(({ organization, role, plan }) => (
              <Card key={organization.id} padding="sm">
                <Group justify="space-between">
                  <Text fw={600}>{organization.name}</Text>
                  <Group gap={6}>
                    <Pill tone="blue">{words(role)}</Pill>
                    <Pill tone="grey">Plan: {plan.name}</Pill>
                  </Group>
                </Group>
              </Card>
            ))}
          </Stack>
        </section>
        <section>
          <Title order={2}>Signed-in browsers</Title>
          <Text c="dimmed" size="sm" mb="xs">
            End any session that you do not know.
          </Text>
          {sessions.isError && <ErrorNote error={sessions.error} onRetry={() => void sessions.refetch()} />}
          <Stack gap="xs">
            {sessions.isPending && [1, 2].map((key) => <Skeleton key={key} h={72} radius="lg" />)}
            {sessions.data?.items.map((session) => (
              <SessionCard key={session.id} session={session} />
            ))}
          </Stack>
        </section>
      </Stack>
    </>
  );
}

function SessionCard({ session }: { session: SessionView }) {
  const revoke = api.useMutation('delete', '/api/v1/sessions/{id}', {
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/sessions'] }),
  });
  return (
    <Card padding="sm" data-testid="session">
      <Group wrap="nowrap" align="flex-start">
        <IconDeviceDesktop size={22} stroke={1.5} aria-hidden="true" style={{ flex: 'none' }} />
        <div style={{ flex: 1, minWidth: 0 }}>
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            {browserName(session.user_agent)}
          </Text>
          <Text size="xs" c="dimmed">
            {session.address} · last used {fromNow(session.last_seen_at, Date.now())} · since{' '}
            {dateTime(session.created_at, readerZone())}
          </Text>
          {revoke.isError && <ErrorNote error={revoke.error} />}
        </div>
        {session.current ? (
          <Pill tone="green">This browser</Pill>
        ) : (
          <Button
            size="xs"
            variant="default"
            loading={revoke.isPending}
            onClick={() => revoke.mutate({ params: { path: { id: session.id } } })}
          >
            End
          </Button>
        )}
      </Group>
    </Card>
  );
}

/** `Firefox on Linux`, as far as a browser says what it is. */
export function browserName(agent: string): string {
  const browser = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  const system = [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS X', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  return browser ? `${browser}${system ? ` on ${system}` : ''}` : agent || 'Unknown browser';
}
