import { IconMessageCircle, IconShare3, IconThumbUp, IconWorld } from '@tabler/icons-react';
import {
  Actions,
  FirstComment,
  Folded,
  Frame,
  Grid,
  type GridShape,
  Head,
  LinkCard,
  Nothing,
  Single,
  Story,
  Upright,
} from '../parts/index.tsx';
import type { PreviewProps } from '../preview.ts';

/** Facebook's own mosaics, by how many pictures there are. */
const mosaics: Record<number, GridShape> = {
  2: { ratio: '2', columns: '1fr 1fr', shown: 2 },
  3: { ratio: '1', columns: '1fr 1fr', shown: 3, spans: { 0: { gridColumn: 'span 2' } } },
  4: { ratio: '1', columns: '1fr 1fr 1fr', shown: 4, spans: { 0: { gridColumn: 'span 3', gridRow: 'span 2' } } },
  5: {
    ratio: '1',
    columns: 'repeat(6, 1fr)',
    shown: 5,
    spans: {
      0: { gridColumn: 'span 3' },
      1: { gridColumn: 'span 3' },
      2: { gridColumn: 'span 2' },
      3: { gridColumn: 'span 2' },
      4: { gridColumn: 'span 2' },
    },
  },
};

export default function Preview(post: PreviewProps) {
  if (post.contentType === 'story') return <Story post={post} label="Facebook story" />;
  if (post.contentType === 'reel') return <Upright post={post} label="Facebook reel" />;
  const [first] = post.media;
  const mosaic = mosaics[Math.min(post.media.length, 5)];
  return (
    <Frame label="Facebook post" entity="light-dark(#0064d1, #5aa7ff)">
      <Head
        post={post}
        line={
          <>
            {post.mode === 'draft' ? 'Unpublished' : post.when} · <IconWorld size={12} style={{ verticalAlign: -1 }} />
          </>
        }
      />
      <Folded text={post.text} chars={477} lines={5} more="See more" />
      {post.text === '' && !first && !post.link?.url && <Nothing>Nothing written yet</Nothing>}
      {mosaic && post.media.length > 1 ? (
        <Grid media={post.media} shape={mosaic} />
      ) : (
        first && <Single media={first} narrowest={4 / 5} widest={1.91} />
      )}
      {!first && <LinkCard post={post} wide upper />}
      <Actions
        items={[
          { icon: <IconThumbUp size={17} />, label: 'Like' },
          { icon: <IconMessageCircle size={17} />, label: 'Comment' },
          { icon: <IconShare3 size={17} />, label: 'Share' },
        ]}
      />
      <FirstComment post={post} />
    </Frame>
  );
}
