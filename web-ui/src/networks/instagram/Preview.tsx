import { IconBookmark, IconHeart, IconMessageCircle, IconSend } from '@tabler/icons-react';
import { css, FirstComment, Folded, Frame, Head, Nothing, Single, Story, Upright } from '../parts/index.tsx';
import type { PreviewProps } from '../preview.ts';

export default function Preview(post: PreviewProps) {
  if (post.contentType === 'story') return <Story post={post} label="Instagram story" />;
  if (post.contentType === 'reel' || post.contentType === 'video')
    return <Upright post={post} label="Instagram reel" />;
  const [first] = post.media;
  return (
    <Frame label="Instagram post" entity="light-dark(#00376b, #e0f1ff)">
      <Head
        post={{ ...post, name: post.handle || post.name }}
        line={post.mode === 'draft' ? 'Ready to post by hand' : post.when}
      />
      {first ? (
        <Single
          media={first}
          narrowest={4 / 5}
          widest={1.91}
          tag={post.media.length > 1 ? `1/${post.media.length}` : undefined}
        />
      ) : (
        <Nothing>Instagram shows no post without a picture or a video.</Nothing>
      )}
      {post.media.length > 1 && (
        <div className={css.dots} aria-hidden="true">
          {post.media.map((item) => (
            <i key={item.id} />
          ))}
        </div>
      )}
      <div style={{ display: 'flex', gap: 14, padding: '10px 12px' }} aria-hidden="true">
        <IconHeart size={22} stroke={1.6} />
        <IconMessageCircle size={22} stroke={1.6} />
        <IconSend size={22} stroke={1.6} />
        <IconBookmark size={22} stroke={1.6} style={{ marginInlineStart: 'auto' }} />
      </div>
      <Folded
        text={post.text === '' ? '' : `${post.handle || post.name} ${post.text}`}
        chars={125}
        lines={2}
        more="more"
      />
      <FirstComment post={post} />
    </Frame>
  );
}
