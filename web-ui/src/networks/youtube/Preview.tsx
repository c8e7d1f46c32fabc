import { IconShare3, IconThumbDown, IconThumbUp } from '@tabler/icons-react';
import { Actions, FirstComment, Folded, Frame, Head, Nothing, Single, Upright } from '../parts/index.tsx';
import type { PreviewProps } from '../preview.ts';

export default function Preview(post: PreviewProps) {
  const title = post.title.trim();
  // Beside a Short stands its title; the text is a tap away.
  if (post.contentType === 'reel') return <Upright post={{ ...post, text: title }} label="YouTube Short" />;
  const [first] = post.media;
  return (
    <Frame label="YouTube video" entity="light-dark(#065fd4, #3ea6ff)">
      {first ? (
        <Single media={first} narrowest={16 / 9} widest={16 / 9} />
      ) : (
        <Nothing>YouTube shows no post without a video.</Nothing>
      )}
      {title === '' ? <Nothing>No title yet</Nothing> : <Folded text={title} chars={100} lines={2} more="more" />}
      <Head post={post} line={post.mode === 'draft' ? 'Private' : post.when} />
      <Actions
        items={[
          { icon: <IconThumbUp size={17} />, label: 'Like' },
          { icon: <IconThumbDown size={17} />, label: 'Dislike' },
          { icon: <IconShare3 size={17} />, label: 'Share' },
        ]}
      />
      <Folded text={post.text} chars={150} lines={2} more="...more" />
      <FirstComment post={post} />
    </Frame>
  );
}
