import { Button, Group, Text } from '@mantine/core';
import { IconClock, IconDeviceFloppy, IconLock, IconSend } from '@tabler/icons-react';
import type { Membership } from '../../../api/types.ts';
import { may } from '../../../app/session.tsx';
import { plural } from '../../../lib/format.ts';
import { usable } from '../../connections/standing.ts';
import type { useSaving } from '../useSaving.ts';
import type { Writing } from '../useWriting.ts';
import css from './ActionBar.module.css';

/** Why it cannot be published or scheduled as it stands; absent if it can. */
export function hindrance(
  writing: Pick<Writing, 'written' | 'going' | 'problems' | 'draft'>,
  ending: 'schedule' | 'publish',
  uploading = false,
): string | undefined {
  // Without this a post would go out lacking the file that is on its way.
  if (uploading) return 'Wait until every file is there, or take it away.';
  if (!writing.written) return 'Write something first.';
  if (writing.going.length === 0) return 'Choose a channel.';
  const errors = writing.problems.filter(
    (problem) => problem.severity === 'error' && !(ending === 'publish' && problem.field.startsWith('schedule')),
  ).length;
  if (errors > 0) return `Mend ${plural(errors, 'problem')} first.`;
  if (ending === 'schedule') {
    const timed =
      writing.draft.when.local !== '' ||
      writing.going.every((channel) => writing.draft.chosen.find((item) => item.channelId === channel.id)?.when?.local);
    return timed ? undefined : 'Set a time to schedule it.';
  }
  const ill = writing.going.find((channel) => !usable(channel));
  return ill ? `${ill.name} cannot publish now: reconnect it, or leave it out.` : undefined;
}

export function ActionBar({
  writing,
  saving,
  membership,
  uploading,
  className,
}: {
  writing: Writing;
  saving: ReturnType<typeof useSaving>;
  membership: Membership;
  uploading: boolean;
  className?: string;
}) {
  const publishes = may(membership, 'publish');
  const planOff = !membership.plan.allow_social_publishing;
  const noSchedule = hindrance(writing, 'schedule', uploading);
  const noPublish = hindrance(writing, 'publish', uploading);
  const ending = saving.isPending ? saving.variables?.ending : undefined;
  const reason = noSchedule === noPublish ? noSchedule : (noSchedule ?? noPublish);
  return (
    <div className={className}>
      <Group gap="xs" justify="flex-end" wrap="nowrap" className={css.bar}>
        <Button
          variant="default"
          leftSection={<IconDeviceFloppy size={17} />}
          disabled={!writing.written || saving.isPending}
          loading={ending === 'save'}
          onClick={() => saving.mutate({ ending: 'save' })}
        >
          Save draft
        </Button>
        {publishes && !planOff && (
          <>
            <Button
              variant="light"
              leftSection={<IconClock size={17} />}
              disabled={noSchedule !== undefined || saving.isPending}
              loading={ending === 'schedule'}
              onClick={() => saving.mutate({ ending: 'schedule' })}
            >
              Schedule
            </Button>
            <Button
              leftSection={<IconSend size={17} />}
              disabled={noPublish !== undefined || saving.isPending}
              loading={ending === 'publish'}
              onClick={() => saving.mutate({ ending: 'publish' })}
            >
              Publish now
            </Button>
          </>
        )}
      </Group>
      {publishes && planOff ? (
        <Text size="xs" c="dimmed" mt={4} className={css.reason}>
          <IconLock size={12} /> Publishing is off on the plan “{membership.plan.name}”. Ask the administrator to turn
          it on.
        </Text>
      ) : (
        publishes &&
        (writing.written || uploading) &&
        reason && (
          <Text size="xs" c="dimmed" mt={4} className={css.reason}>
            {reason}
          </Text>
        )
      )}
    </div>
  );
}
