import { IconEye } from '@tabler/icons-react';
import {
  Actions,
  css,
  DocumentCard,
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
import { whenOf } from '../parts/Timeline.tsx';
import type { PreviewMedia, PreviewProps } from '../preview.ts';

/** Telegram's albums: a large picture first, the others below it. */
const mosaics: Record<number, GridShape> = {
  2: { ratio: '2', columns: '1fr 1fr', shown: 2 },
  3: { ratio: '3 / 2', columns: '2fr 1fr', shown: 3, spans: { 0: { gridRow: 'span 2' } } },
  4: { ratio: '1', columns: '1fr 1fr 1fr', shown: 4, spans: { 0: { gridColumn: 'span 3' } } },
};

function Media({ media }: { media: PreviewMedia[] }) {
  const [first] = media;
  if (!first) return null;
  const mosaic = mosaics[Math.min(media.length, 4)];
  return mosaic && media.length > 1 ? (
    <Grid media={media} shape={mosaic} />
  ) : (
    <Single media={first} narrowest={1 / 2} widest={3} />
  );
}

const actions = [{ icon: <IconEye size={17} />, label: '' }];

/** The name of a file is what Postrider sends it under. */
export default function Preview(post: PreviewProps) {
  const [first] = post.media;
  const named = post.handle === '' ? 'Private' : `t.me/${post.handle.replace(/^@/, '')}`;
  return (
    <Frame label="Telegram message" entity="light-dark(#1c7fb8, #64c2f2)">
      <Head post={post} line={`${named} · ${whenOf(post)}`} />
      {first?.kind === 'document' ? (
        <DocumentCard post={{ ...post, title: 'document.pdf' }} />
      ) : (
        <Media media={post.media} />
      )}
      {post.text.trim() !== '' && (
        <div className={css.text}>
          <Words text={post.text} />
        </div>
      )}
      {post.text === '' && !first && !post.link?.url && !post.poll && <Nothing>Nothing written yet</Nothing>}
      {!first && <LinkCard post={post} wide />}
      <PollCard post={post} />
      <Actions items={actions} />
    </Frame>
  );
}
