import { IconHeart, IconMessageCircle, IconRepeat, IconSend } from '@tabler/icons-react';
import { Cell, Single } from '../parts/index.tsx';
import { Timeline, whenOf } from '../parts/Timeline.tsx';
import type { PreviewMedia, PreviewProps } from '../preview.ts';

/** One picture at its own shape; several stand in a row that is pushed sideways. */
function Media({ media }: { media: PreviewMedia[] }) {
  const [first] = media;
  if (!first) return null;
  if (media.length === 1)
    return (
      <div style={{ margin: '0 12px 12px', borderRadius: 8, overflow: 'hidden' }}>
        <Single media={first} narrowest={4 / 5} widest={2} />
      </div>
    );
  return (
    <div style={{ display: 'flex', gap: 6, margin: '0 0 12px 12px', overflow: 'hidden' }}>
      {media.slice(0, 3).map((item) => (
        <div key={item.id} style={{ flex: '0 0 45%', borderRadius: 8, overflow: 'hidden' }}>
          <Cell media={item} style={{ aspectRatio: '4 / 5' }} />
        </div>
      ))}
    </div>
  );
}

const icons = [IconHeart, IconMessageCircle, IconRepeat, IconSend];

export default function Preview(post: PreviewProps) {
  return (
    <Timeline
      post={{ ...post, name: post.handle.replace(/^@/, '') || post.name }}
      label="Threads post"
      entity="light-dark(#0062a8, #7ec3ff)"
      line={whenOf(post)}
      wideCard
      media={(media) => <Media media={media} />}
      actions={icons.map((Icon, index) => <Icon key={index} size={18} />)}
    />
  );
}
