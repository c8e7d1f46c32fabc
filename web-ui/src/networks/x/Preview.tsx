import { IconBookmark, IconHeart, IconMessageCircle, IconRepeat, IconUpload } from '@tabler/icons-react';
import { type Mosaic, Pictures, Timeline } from '../parts/Timeline.tsx';
import type { PreviewProps } from '../preview.ts';

/** X's own mosaics; it takes four pictures at most. */
const mosaic: Mosaic = {
  several: {
    2: { ratio: '16 / 9', columns: '1fr 1fr', shown: 2 },
    3: { ratio: '16 / 9', columns: '1fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
    4: { ratio: '16 / 9', columns: '1fr 1fr', shown: 4 },
  },
  radius: 16,
  narrowest: 3 / 4,
  widest: 3,
};

const icons = [IconMessageCircle, IconRepeat, IconHeart, IconBookmark, IconUpload];

export default function Preview(post: PreviewProps) {
  return (
    <Timeline
      post={post}
      label="X post"
      entity="light-dark(#0f6cbf, #5cb8ff)"
      wideCard
      media={(media) => <Pictures media={media} mosaic={mosaic} />}
      actions={icons.map((Icon, index) => <Icon key={index} size={17} />)}
    />
  );
}
