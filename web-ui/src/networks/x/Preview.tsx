import { IconBookmark, IconHeart, IconMessageCircle, IconRepeat, IconUpload } from '@tabler/icons-react';
import {
  Actions,
  css,
  FirstComment,
  Frame,
  Grid,
  type GridShape,
  Head,
  LinkCard,
  Nothing,
  PollCard,
  Single,
  Words,
} from '../parts/index.tsx';
import type { PreviewMedia, PreviewProps } from '../preview.ts';

/** X's own mosaics; it takes four pictures at most. */
const mosaics: Record<number, GridShape> = {
  2: { ratio: '16 / 9', columns: '1fr 1fr', shown: 2 },
  3: { ratio: '16 / 9', columns: '1fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
  4: { ratio: '16 / 9', columns: '1fr 1fr', shown: 4 },
};

function Media({ media }: { media: PreviewMedia[] }) {
  const [first] = media;
  if (!first) return null;
  const mosaic = mosaics[Math.min(media.length, 4)];
  return (
    <div style={{ margin: '0 12px 12px', borderRadius: 16, overflow: 'hidden' }}>
      {mosaic && media.length > 1 ? (
        <Grid media={media} shape={mosaic} />
      ) : (
        <Single media={first} narrowest={3 / 4} widest={3} />
      )}
    </div>
  );
}

const actions = [
  { icon: <IconMessageCircle size={17} />, label: '' },
  { icon: <IconRepeat size={17} />, label: ' ' },
  { icon: <IconHeart size={17} />, label: '  ' },
  { icon: <IconBookmark size={17} />, label: '   ' },
  { icon: <IconUpload size={17} />, label: '    ' },
];

export default function Preview(post: PreviewProps) {
  const parts = post.thread.length > 0 ? post.thread : [{ text: post.text, media: post.media }];
  return (
    <Frame label="X post" entity="light-dark(#0f6cbf, #5cb8ff)">
      <ol
        className={parts.length > 1 ? css.rail : undefined}
        style={parts.length > 1 ? undefined : { listStyle: 'none', margin: 0, padding: 0 }}
      >
        {parts.map((part, index) => (
          <li key={index}>
            {index === 0 && (
              <Head
                post={post}
                line={`@${post.handle.replace(/^@/, '')} · ${post.mode === 'draft' ? 'Ready to post by hand' : post.when}`}
              />
            )}
            {part.text.trim() !== '' && (
              <div className={css.text}>
                <Words text={part.text} />
              </div>
            )}
            {part.text === '' && part.media.length === 0 && !post.link?.url && <Nothing>Nothing written yet</Nothing>}
            <Media media={part.media} />
            {index === 0 && part.media.length === 0 && <LinkCard post={post} wide />}
          </li>
        ))}
      </ol>
      {/* The question stands in the text. */}
      {post.poll && <PollCard post={{ ...post, poll: { ...post.poll, question: '' } }} />}
      <Actions items={actions} />
      <FirstComment post={post} />
    </Frame>
  );
}
