import { IconDots, IconHeart, IconMessageCircle, IconUpload } from '@tabler/icons-react';
import { Actions, css, domainOf, Folded, Frame, Head, Nothing, Single } from '../parts/index.tsx';
import type { PreviewProps } from '../preview.ts';

export default function Preview(post: PreviewProps) {
  const [first] = post.media;
  return (
    <Frame label="Pin" entity="light-dark(#111, #eee)">
      {first ? (
        <Single
          media={first}
          narrowest={1 / 2.1}
          widest={1.91}
          tag={post.media.length > 1 ? `1/${post.media.length}` : undefined}
        />
      ) : (
        <Nothing>Pinterest shows no Pin without a picture or a video.</Nothing>
      )}
      {post.media.length > 1 && (
        <div className={css.dots} aria-hidden="true">
          {post.media.map((item) => (
            <i key={item.id} />
          ))}
        </div>
      )}
      <Actions
        items={[
          { icon: <IconHeart size={17} />, label: 'React' },
          { icon: <IconMessageCircle size={17} />, label: 'Comment' },
          { icon: <IconUpload size={17} />, label: 'Send' },
          { icon: <IconDots size={17} />, label: 'More' },
        ]}
      />
      {post.link?.url && <div className={css.text}>{domainOf(post.link.url)}</div>}
      {post.title.trim() !== '' && (
        <div className={css.text}>
          <b>{post.title}</b>
        </div>
      )}
      <Folded text={post.text} chars={100} lines={2} more="more" />
      <Head
        post={post}
        line={
          <>
            @{post.handle} · {post.mode === 'draft' ? 'Ready to post by hand' : post.when}
          </>
        }
      />
    </Frame>
  );
}
