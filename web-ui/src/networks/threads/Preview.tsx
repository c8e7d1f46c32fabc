import { IconHeart, IconMessageCircle, IconRepeat, IconSend } from '@tabler/icons-react';
import {
  Actions,
  Cell,
  css,
  FirstComment,
  Frame,
  Head,
  LinkCard,
  Nothing,
  PollCard,
  Single,
  Words,
} from '../parts/index.tsx';
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

const actions = [
  { icon: <IconHeart size={18} />, label: '' },
  { icon: <IconMessageCircle size={18} />, label: ' ' },
  { icon: <IconRepeat size={18} />, label: '  ' },
  { icon: <IconSend size={18} />, label: '   ' },
];

export default function Preview(post: PreviewProps) {
  const parts = post.thread.length > 0 ? post.thread : [{ text: post.text, media: post.media }];
  return (
    <Frame label="Threads post" entity="light-dark(#0062a8, #7ec3ff)">
      <ol
        className={parts.length > 1 ? css.rail : undefined}
        style={parts.length > 1 ? undefined : { listStyle: 'none', margin: 0, padding: 0 }}
      >
        {parts.map((part, index) => (
          <li key={index}>
            {index === 0 && (
              <Head
                post={{ ...post, name: post.handle.replace(/^@/, '') || post.name }}
                line={post.mode === 'draft' ? 'Ready to post by hand' : post.when}
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
