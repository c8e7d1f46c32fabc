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
}: {
  writing: Writing;
  saving: ReturnType<typeof useSaving>;
  /** Whether the server has a newer version than the one that is being changed. */
  overtaken: boolean;
  onReload: () => void;
}) {
  const { draft, change } = writing;
  const { zone } = draft.when;
  const told = saving.isError && !saving.conflict ? explain(saving.error) : undefined;
  const free = told?.nextFreeAt;
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
              <Button
                size="xs"
                onClick={() => {
                  change({ type: 'when', when: { local: wallTimeFrom(free, zone) } });
                  saving.reset();
                }}
              >
                Take the next free time, {dateTime(free, zone)}
              </Button>
            )}
          </ErrorNote>
        </div>
      )}
    </>
  );
}
