import { IconDots, IconHeart, IconMessageCircle, IconRepeat } from '@tabler/icons-react';
import { type Mosaic, Pictures, Timeline } from '../parts/Timeline.tsx';
import type { PreviewProps } from '../preview.ts';

/** Bluesky's own mosaics; it takes four pictures at most. */
const mosaic: Mosaic = {
  several: {
    2: { ratio: '2', columns: '1fr 1fr', shown: 2 },
    3: { ratio: '3 / 2', columns: '2fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
    4: { ratio: '3 / 2', columns: '1fr 1fr', shown: 4 },
  },
  radius: 10,
  narrowest: 1 / 2,
  widest: 3,
};

const icons = [IconMessageCircle, IconRepeat, IconHeart, IconDots];

export default function Preview(post: PreviewProps) {
  return (
    <Timeline
      post={post}
      label="Bluesky post"
      entity="light-dark(#0a6fe0, #5ab1ff)"
      media={(media) => <Pictures media={media} mosaic={mosaic} />}
      actions={icons.map((Icon, index) => <Icon key={index} size={17} />)}
    />
  );
}
