import { Frame, Nothing, Upright } from '../parts/index.tsx';
import type { PreviewProps } from '../preview.ts';

export default function Preview(post: PreviewProps) {
  const [first] = post.media;
  if (!first) {
    return (
      <Frame label="TikTok post">
        <Nothing>TikTok shows no post without pictures or a video.</Nothing>
      </Frame>
    );
  }
  const words = [first.kind === 'video' ? '' : post.title, post.text].filter((text) => text.trim() !== '');
  const inbox = post.mode === 'draft' && first.kind === 'video';
  const text = inbox ? 'In the inbox: its owner writes the words in the TikTok app.' : words.join('\n');
  const label = post.media.length > 1 ? `TikTok photos, 1 of ${post.media.length}` : 'TikTok post';
  return <Upright post={{ ...post, text }} label={label} />;
}
