import type { ContentType, DeliveryView, PostStatus, State } from '../api/types.ts';
import { Pill, type Tone } from './Pill.tsx';

export const statuses: Record<PostStatus, { label: string; tone: Tone }> = {
  draft: { label: 'Draft', tone: 'grey' },
  scheduled: { label: 'Scheduled', tone: 'blue' },
  publishing: { label: 'Publishing', tone: 'amber' },
  published: { label: 'Published', tone: 'green' },
  partially_failed: { label: 'Partly failed', tone: 'red' },
  failed: { label: 'Failed', tone: 'red' },
  action_required: { label: 'Needs you', tone: 'amber' },
  canceled: { label: 'Canceled', tone: 'grey' },
};

/** What each state is called and what it means for who wrote the post. */
export const states: Record<State, { label: string; tone: Tone; meaning: string }> = {
  draft: { label: 'Draft', tone: 'grey', meaning: 'Not to be sent.' },
  scheduled: { label: 'Scheduled', tone: 'blue', meaning: 'Waits for its time.' },
  staging: { label: 'Preparing', tone: 'blue', meaning: 'Media is going to the network ahead of time.' },
  staged: { label: 'Prepared', tone: 'blue', meaning: 'Everything is at the network but the last call.' },
  publishing: { label: 'Publishing', tone: 'amber', meaning: 'On its way.' },
  processing: { label: 'Processing', tone: 'amber', meaning: 'The network is still working on the media.' },
  confirming: { label: 'Going public', tone: 'amber', meaning: 'Sent; the network is making it public.' },
  deferred: { label: 'Queued', tone: 'amber', meaning: 'A limit holds it until there is room.' },
  in_doubt: {
    label: 'In doubt',
    tone: 'amber',
    meaning: 'The network’s answer was lost. It is not sent again until it is known whether it stands there.',
  },
  missed: { label: 'Missed', tone: 'amber', meaning: 'Its time passed without it being sent.' },
  ready_to_post: {
    label: 'Ready to post',
    tone: 'violet',
    meaning: 'This network takes no drafts: post it by hand, then mark it as posted.',
  },
  failed: { label: 'Failed', tone: 'red', meaning: 'It was not published.' },
  published_in_part: {
    label: 'Partly published',
    tone: 'red',
    meaning: 'The thread stopped midway. Retry goes on at the next part.',
  },
  published: { label: 'Published', tone: 'green', meaning: 'It stands at the network.' },
  drafted: { label: 'Draft at network', tone: 'violet', meaning: 'It stands at the network as a draft.' },
  canceled: { label: 'Canceled', tone: 'grey', meaning: 'Called off. It will not be sent.' },
};

export const typeNames: Record<ContentType, string> = {
  text: 'Text',
  image: 'Image',
  carousel: 'Carousel',
  video: 'Video',
  reel: 'Reel',
  story: 'Story',
  gif: 'GIF',
  document: 'Document',
  link: 'Link',
  poll: 'Poll',
  thread: 'Thread',
};

export function StatusBadge({ status }: { status: PostStatus }) {
  const { label, tone } = statuses[status];
  return <Pill tone={tone}>{label}</Pill>;
}

export function StateBadge({ delivery }: { delivery: Pick<DeliveryView, 'state'> }) {
  const { label, tone, meaning } = states[delivery.state];
  return (
    <Pill tone={tone} title={meaning}>
      {label}
    </Pill>
  );
}
