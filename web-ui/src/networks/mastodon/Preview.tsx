import { IconArrowBackUp, IconBookmark, IconRepeat, IconStar } from '@tabler/icons-react';
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

/** Mastodon's own mosaics; its servers take four pictures as they come. */
const mosaics: Record<number, GridShape> = {
  2: { ratio: '3 / 2', columns: '1fr 1fr', shown: 2 },
  3: { ratio: '3 / 2', columns: '1fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
  4: { ratio: '3 / 2', columns: '1fr 1fr', shown: 4 },
};

function Media({ media }: { media: PreviewMedia[] }) {
  const [first] = media;
  if (!first) return null;
  const mosaic = mosaics[Math.min(media.length, 4)];
  return (
    <div style={{ margin: '0 12px 12px', borderRadius: 8, overflow: 'hidden' }}>
      {mosaic && media.length > 1 ? (
        <Grid media={media} shape={mosaic} />
      ) : (
        <Single media={first} narrowest={2 / 3} widest={2} />
      )}
    </div>
  );
}

const actions = [
  { icon: <IconArrowBackUp size={18} />, label: '' },
  { icon: <IconRepeat size={18} />, label: ' ' },
  { icon: <IconStar size={18} />, label: '  ' },
  { icon: <IconBookmark size={18} />, label: '   ' },
];

export default function Preview(post: PreviewProps) {
  const parts = post.thread.length > 0 ? post.thread : [{ text: post.text, media: post.media }];
  return (
    <Frame label="Mastodon post" entity="light-dark(#563acc, #a99bff)">
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
                square
              />
            )}
            {part.text.trim() !== '' && (
              <div className={css.text}>
                <Words text={part.text} />
              </div>
            )}
            {part.text === '' && part.media.length === 0 && !post.link?.url && <Nothing>Nothing written yet</Nothing>}
            <Media media={part.media} />
            {index === 0 && part.media.length === 0 && <LinkCard post={post} wide={false} />}
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
