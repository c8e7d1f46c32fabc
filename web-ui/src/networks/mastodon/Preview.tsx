import { IconArrowBackUp, IconBookmark, IconRepeat, IconStar } from '@tabler/icons-react';
import { type Mosaic, Pictures, Timeline } from '../parts/Timeline.tsx';
import type { PreviewProps } from '../preview.ts';

/** Mastodon's own mosaics; its servers take four pictures as they come. */
const mosaic: Mosaic = {
  several: {
    2: { ratio: '3 / 2', columns: '1fr 1fr', shown: 2 },
    3: { ratio: '3 / 2', columns: '1fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
    4: { ratio: '3 / 2', columns: '1fr 1fr', shown: 4 },
  },
  radius: 8,
  narrowest: 2 / 3,
  widest: 2,
};

const icons = [IconArrowBackUp, IconRepeat, IconStar, IconBookmark];

export default function Preview(post: PreviewProps) {
  return (
    <Timeline
      post={post}
      label="Mastodon post"
      entity="light-dark(#563acc, #a99bff)"
      square
      media={(media) => <Pictures media={media} mosaic={mosaic} />}
      actions={icons.map((Icon, index) => <Icon key={index} size={18} />)}
    />
  );
}
