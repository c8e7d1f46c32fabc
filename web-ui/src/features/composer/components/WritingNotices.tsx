import { Button, Group, Text } from '@mantine/core';
import { IconHistory, IconUsers } from '@tabler/icons-react';
import { explain } from '../../../api/errors.ts';
import { dateTime, fromNow, wallTimeFrom } from '../../../lib/zones.ts';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import type { useSaving } from '../useSaving.ts';
import type { Writing } from '../useWriting.ts';

/** What a person must know before writing on: words from before, somebody else's words, and why the last act did not work. */
export function WritingNotices({
  writing,
  saving,
  overtaken,
  onReload,
  onLook,
}: {
  writing: Writing;
  saving: ReturnType<typeof useSaving>;
  /** Whether the server has a newer version than the one that is being changed. */
  overtaken: boolean;
  onReload: () => void;
  /** Shows what one channel says otherwise, or what all of them share. */
  onLook: (channelId?: string) => void;
}) {
  const { draft, change } = writing;
  const told = saving.isError && !saving.conflict ? explain(saving.error) : undefined;
  const free = told?.nextFreeAt;
  // The time that was refused is one channel's own, or the one that the others share.
  const full = draft.chosen.find((item) => item.when && item.channelId === writing.channelOf(told?.deliveryId));
  const { zone } = full?.when ?? draft.when;
  const fullName = writing.going.find((channel) => channel.id === full?.channelId)?.name;
  const take = (local: string) => {
    if (full) change({ type: 'channel_when', channelId: full.channelId, when: { local, zone } });
    else change({ type: 'when', when: { local } });
    onLook(full?.channelId);
    saving.reset();
  };
  return (
    <>
      {writing.restoredAt && (
        <Notice tone="blue" icon={<IconHistory size={18} />} mb="md" title="This is what you were writing">
          <Group gap="sm">
            <Text size="sm">Kept in this browser {fromNow(writing.restoredAt, Date.now())}, not saved yet.</Text>
            <Button size="compact-sm" variant="default" onClick={writing.discard}>
              Discard it
            </Button>
          </Group>
        </Notice>
      )}
      {(saving.conflict || overtaken) && (
        <Notice
          tone="amber"
          icon={<IconUsers size={18} />}
          mb="md"
          title="Somebody else changed this post meanwhile"
          role="alert"
        >
          <Group gap="sm">
            <Text size="sm">What you wrote is kept here. Choose whose words stay.</Text>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                writing.discard();
                onReload();
              }}
            >
              Load theirs
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              loading={saving.isPending}
              onClick={() => saving.mutate({ ending: 'save', over: true })}
            >
              Save mine over theirs
            </Button>
          </Group>
        </Notice>
      )}
      {told && (
        <div style={{ marginBottom: 16 }}>
          <ErrorNote error={saving.error}>
            {free && (
              <Button size="xs" onClick={() => take(wallTimeFrom(free, zone))}>
                Take the next free time{fullName && ` on ${fullName}`}, {dateTime(free, zone)}
              </Button>
            )}
          </ErrorNote>
        </div>
      )}
    </>
  );
}
