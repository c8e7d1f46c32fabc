import type { ReactNode } from 'react';
import type { PreviewMedia, PreviewProps } from '../preview.ts';
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
} from './index.tsx';

/** How a network lays out the pictures of a post. */
export interface Mosaic {
  /** Several pictures, by their number; it shows four at most. */
  several: Record<number, GridShape>;
  /** Corners, in pixels. */
  radius: number;
  /** The shapes, width over height, within which a picture alone keeps its own. */
  narrowest: number;
  widest: number;
}

/** A post in a timeline, with the parts of its thread one below the other. */
export function Timeline({
  post,
  label,
  entity,
  line,
  square,
  wideCard = false,
  media,
  actions,
}: {
  post: PreviewProps;
  label: string;
  /** The colour of links, mentions and hashtags. */
  entity: string;
  /** What stands under the name; handle and time, if nothing else. */
  line?: string;
  square?: boolean;
  wideCard?: boolean;
  media: (media: PreviewMedia[]) => ReactNode;
  actions: ReactNode[];
}) {
  const parts = post.thread.length > 0 ? post.thread : [{ text: post.text, media: post.media }];
  const threaded = parts.length > 1;
  return (
    <Frame label={label} entity={entity}>
      <ol
        className={threaded ? css.rail : undefined}
        style={threaded ? undefined : { listStyle: 'none', margin: 0, padding: 0 }}
      >
        {parts.map((part, index) => (
          <li key={index}>
            {index === 0 && (
              <Head post={post} line={line ?? `@${post.handle.replace(/^@/, '')} · ${whenOf(post)}`} square={square} />
            )}
            {part.text.trim() !== '' && (
              <div className={css.text}>
                <Words text={part.text} />
              </div>
            )}
            {part.text === '' && part.media.length === 0 && !post.link?.url && <Nothing>Nothing written yet</Nothing>}
            {media(part.media)}
            {index === 0 && part.media.length === 0 && <LinkCard post={post} wide={wideCard} />}
          </li>
        ))}
      </ol>
      {/* The question stands in the text. */}
      {post.poll && <PollCard post={{ ...post, poll: { ...post.poll, question: '' } }} />}
      <Actions items={actions.map((icon) => ({ icon }))} />
      <FirstComment post={post} />
    </Frame>
  );
}

/** When it goes out, in words. */
export function whenOf(post: PreviewProps): string {
  return post.mode === 'draft' ? 'Ready to post by hand' : post.when;
}

export function Pictures({ media, mosaic }: { media: PreviewMedia[]; mosaic: Mosaic }) {
  const [first] = media;
  if (!first) return null;
  const shape = media.length > 1 ? mosaic.several[Math.min(media.length, 4)] : undefined;
  return (
    <div style={{ margin: '0 12px 12px', borderRadius: mosaic.radius, overflow: 'hidden' }}>
      {shape ? (
        <Grid media={media} shape={shape} />
      ) : (
        <Single media={first} narrowest={mosaic.narrowest} widest={mosaic.widest} />
      )}
    </div>
  );
}
