import { IconMessageCircle, IconRepeat, IconSend, IconThumbUp, IconWorld } from '@tabler/icons-react';
import {
  Actions,
  DocumentCard,
  FirstComment,
  Folded,
  Frame,
  Grid,
  type GridShape,
  Head,
  LinkCard,
  Nothing,
  PollCard,
  Single,
} from '../parts/index.tsx';
import type { PreviewProps } from '../preview.ts';

/** LinkedIn's own mosaics, by how many pictures there are. */
const mosaics: Record<number, GridShape> = {
  2: { ratio: '2', columns: '1fr 1fr', shown: 2 },
  3: { ratio: '4 / 3', columns: '2fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
  4: { ratio: '1', columns: '2fr 1fr', shown: 4, spans: { 0: { gridRow: 'span 3' } } },
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
  const [first] = post.media;
  const mosaic = mosaics[Math.min(post.media.length, 5)];
  return (
    <Frame label="LinkedIn post" entity="light-dark(#0a66c2, #70b5f9)">
      <Head
        post={post}
        line={
          <>
            {post.mode === 'draft' ? 'Ready to post by hand' : post.when} ·{' '}
            <IconWorld size={12} style={{ verticalAlign: -1 }} />
          </>
        }
      />
      <Folded text={post.text} chars={210} lines={3} more="see more" />
      {post.text === '' && !first && !post.link?.url && !post.poll && <Nothing>Nothing written yet</Nothing>}
      {first?.kind === 'document' ? (
        <DocumentCard post={post} />
      ) : mosaic && post.media.length > 1 ? (
        <Grid media={post.media} shape={mosaic} />
      ) : (
        first && <Single media={first} narrowest={4 / 5} widest={1.91} />
      )}
      {!first && <LinkCard post={post} wide />}
      <PollCard post={post} />
      <Actions
        items={[
          { icon: <IconThumbUp size={17} />, label: 'Like' },
          { icon: <IconMessageCircle size={17} />, label: 'Comment' },
          { icon: <IconRepeat size={17} />, label: 'Repost' },
          { icon: <IconSend size={17} />, label: 'Send' },
        ]}
      />
      <FirstComment post={post} />
    </Frame>
  );
}
