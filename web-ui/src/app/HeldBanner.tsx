import { Button, Group, Text } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { api } from '../api/client.ts';
import type { HeldView, LookedFor } from '../api/types.ts';
import { dateTime, readerZone } from '../lib/zones.ts';
import { confirm } from '../ui/confirm.ts';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { Notice } from '../ui/Notice.tsx';

/** How often it is asked while publishing is free, and while it is held, in milliseconds. */
const calmMs = 60_000;
const heldMs = 5_000;
/** How many deliveries the question lists. */
const listed = 8;

/**
 * Tells everybody that nothing is published, and why; an administrator of the installation goes on from here, and is told if an older
 * database would not be noticed.
 */
export function HeldBanner({ admin }: { admin: boolean }) {
  const state = api.useQuery(
    'get',
    '/api/v1/recovery',
    {},
    { refetchInterval: (query) => (query.state.data?.held ? heldMs : calmMs) },
  );
  const recover = api.useMutation('post', '/api/v1/recovery', { onSettled: () => void state.refetch() });
  const held = state.data?.held;
  const unwitnessed = state.data?.unwitnessed;
  if (!held && !unwitnessed) return null;
  if (!held)
    return (
      <Notice tone="amber" role="status" mb="md" title="An older database would not be noticed">
        <Text size="sm">{unwitnessed?.text}</Text>
        <Text size="sm">{unwitnessed?.remedy}</Text>
      </Notice>
    );
  const clock = held.why === 'clock';
  // Nobody can go on without what the servers cannot read.
  const ends = admin && held.why !== 'witness';
  const goOn = () =>
    confirm({
      title: clock ? 'Is the clock right?' : 'Go on publishing?',
      body: clock ? (
        'Posts go out by this clock. Say so only if you have compared it.'
      ) : (
        <Question held={held} lookedFor={held.looked_for ?? undefined} />
      ),
      action: clock ? 'The clock is right' : 'Look for them and go on',
      danger: false,
      onConfirm: () => recover.mutate({ body: { clock_is_right: clock } }),
    });
  return (
    <Notice tone="red" role="alert" mb="md" icon={<IconPlayerPause size={20} />} title="Nothing is being published">
      <Text size="sm">{held.text}</Text>
      {held.since && <Text size="sm">Since {dateTime(held.since, readerZone())}.</Text>}
      {ends ? (
        <Group mt="xs" gap="sm">
          <Button size="compact-sm" color="red.9" onClick={goOn} loading={recover.isPending}>
            {clock ? 'The clock is right…' : 'Recover…'}
          </Button>
        </Group>
      ) : (
        <Text size="sm">{held.remedy}</Text>
      )}
      {recover.isError && <ErrorNote error={recover.error} />}
    </Notice>
  );
}

function Question({ held, lookedFor }: { held: HeldView; lookedFor: LookedFor | undefined }) {
  const items = lookedFor?.items ?? [];
  const more = (lookedFor?.count ?? 0) - Math.min(items.length, listed);
  return (
    <>
      <p>
        {lookedFor?.count ?? 0} posts wait or are being sent, {lookedFor?.due ?? 0} of them are due. Each is looked for
        at its network before it is sent; where that cannot be read, its author is asked.
      </p>
      <ul>
        {items.slice(0, listed).map((item) => (
          <li key={item.id}>
            {item.channel_name}, {item.due_at ? dateTime(item.due_at, readerZone()) : 'no time'}
            {item.asks ? ': its author is asked' : ''}
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
      <p>
        {held.since ? `Posts that were made after ${dateTime(held.since, readerZone())} are gone from here; ` : ''}
        what they published stands.
      </p>
    </>
  );
}
