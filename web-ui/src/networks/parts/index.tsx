import { Avatar } from '@mantine/core';
import { IconFileTypePdf, IconPhoto, IconPlayerPlayFilled, IconVideo } from '@tabler/icons-react';
import { type CSSProperties, Fragment, type ReactNode, useState } from 'react';
import { entities } from '../../lib/entities.ts';
import { initials } from '../../lib/format.ts';
import type { PreviewMedia, PreviewProps } from '../preview.ts';
import css from './parts.module.css';

/** The frame that every network's card stands in. */
export function Frame({ label, children, entity }: { label: string; children: ReactNode; entity?: string }) {
  const style = entity ? ({ '--entity': entity } as CSSProperties) : undefined;
  return (
    <article className={css.frame} aria-label={label} style={style}>
      {children}
    </article>
  );
}

export function Head({ post, line, square = false }: { post: PreviewProps; line: ReactNode; square?: boolean }) {
  return (
    <header className={css.head}>
      <Avatar src={post.avatarUrl} size={40} radius={square ? 'sm' : 'xl'} alt="">
        {initials(post.name)}
      </Avatar>
      <div className={css.who}>
        <b>{post.name}</b>
        <span>{line}</span>
      </div>
    </header>
  );
}

/** Words with their addresses, mentions and hashtags coloured, as people see them. */
export function Words({ text }: { text: string }) {
  let at = 0;
  const parts: ReactNode[] = [];
  for (const found of entities(text)) {
    parts.push(text.slice(at, found.start));
    parts.push(
      <span key={found.start} className={css.entity}>
        {text.slice(found.start, found.end)}
      </span>,
    );
    at = found.end;
  }
  parts.push(text.slice(at));
  return (
    <>
      {parts.map((part, index) => (
        <Fragment key={index}>{part}</Fragment>
      ))}
    </>
  );
}

/** Where a network folds a text: after so many characters or lines, whichever comes first. */
export function Folded({ text, chars, lines, more }: { text: string; chars: number; lines: number; more: string }) {
  const [open, setOpen] = useState(false);
  if (text.trim() === '') return null;
  const byLines = text.split('\n').slice(0, lines).join('\n');
  const short = [...byLines].length > chars ? [...byLines].slice(0, chars).join('') : byLines;
  const folds = short.length < text.length;
  return (
    <div className={css.text}>
      <Words text={open || !folds ? text : `${short.trimEnd()}… `} />
      {folds && (
        <button type="button" className={css.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? ' less' : more}
        </button>
      )}
    </div>
  );
}

export function Cell({ media, over, style }: { media: PreviewMedia; over?: ReactNode; style?: CSSProperties }) {
  return (
    <div className={css.cell} style={style}>
      <Still media={media} />
      {over && <div className={css.over}>{over}</div>}
    </div>
  );
}

/** A picture, a video's poster with its play mark, or a plain sign where there is nothing to show yet. */
export function Still({ media, tag }: { media: PreviewMedia; tag?: string }) {
  const [broken, setBroken] = useState(false);
  const sign =
    media.kind === 'video' ? (
      <IconVideo size={36} />
    ) : media.kind === 'document' ? (
      <IconFileTypePdf size={36} />
    ) : (
      <IconPhoto size={36} />
    );
  return (
    <>
      {media.thumbnail && !broken ? (
        <img src={media.thumbnail} alt={media.altText} onError={() => setBroken(true)} />
      ) : (
        <div className={css.blank}>{sign}</div>
      )}
      {media.kind === 'video' && (
        <span className={css.play} aria-hidden="true">
          <IconPlayerPlayFilled size={24} />
        </span>
      )}
      {media.kind === 'gif' && <span className={css.tag}>GIF</span>}
      {tag && <span className={`${css.tag} ${css.tagEnd}`}>{tag}</span>}
    </>
  );
}

export interface GridShape {
  /** Ratio of the whole grid. */
  ratio: string;
  columns: string;
  /** How many are shown; what is left is counted on the last one. */
  shown: number;
  /** Cells that span more than one row or column, by place. */
  spans?: Record<number, CSSProperties>;
}

export function Grid({ media, shape }: { media: PreviewMedia[]; shape: GridShape }) {
  const shown = media.slice(0, shape.shown);
  const left = media.length - shown.length;
  return (
    <div
      className={css.grid}
      style={{ gridTemplateColumns: shape.columns, aspectRatio: shape.ratio, gridAutoRows: '1fr' }}
    >
      {shown.map((item, index) => (
        <Cell
          key={item.id}
          media={item}
          style={shape.spans?.[index]}
          over={left > 0 && index === shown.length - 1 ? `+${left}` : undefined}
        />
      ))}
    </div>
  );
}

/** One picture or video at its own ratio, within what the network shows. */
export function Single({
  media,
  narrowest,
  widest,
  tag,
}: {
  media: PreviewMedia;
  narrowest: number;
  widest: number;
  tag?: string;
}) {
  const own = media.width && media.height ? media.width / media.height : 4 / 3;
  return (
    <div className={css.cell} style={{ aspectRatio: Math.min(widest, Math.max(narrowest, own)), maxHeight: 520 }}>
      <Still media={media} tag={tag} />
    </div>
  );
}

export function LinkCard({ post, wide, upper = false }: { post: PreviewProps; wide: boolean; upper?: boolean }) {
  if (!post.link?.url) return null;
  const domain = domainOf(post.link.url);
  return (
    <div className={wide ? `${css.card} ${css.cardWide}` : css.card}>
      {post.linkImage && (
        <div className={css.cell} style={{ aspectRatio: '1.91' }}>
          <img src={post.linkImage} alt="" />
        </div>
      )}
      <div className={css.cardBody}>
        {upper && <small>{domain.toUpperCase()}</small>}
        <b className="pr-clamp-2">{post.link.title || domain}</b>
        {post.link.description && <small className="pr-clamp-2">{post.link.description}</small>}
        {!upper && <small>{domain}</small>}
      </div>
    </div>
  );
}

export function domainOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, '');
  } catch {
    return url;
  }
}

/** A story: the picture alone fills the screen; words are not shown by the network. */
export function Story({ post, label }: { post: PreviewProps; label: string }) {
  const media = post.media[0];
  return (
    <div className={css.story} role="img" aria-label={label}>
      {media ? <Still media={media} /> : <div className={css.blank}>Add a picture or a video</div>}
      <div className={css.storyBar}>
        <i />
        <div className={css.storyWho}>
          <Avatar src={post.avatarUrl} size={28} radius="xl" alt="">
            {initials(post.name)}
          </Avatar>
          {post.handle || post.name}
        </div>
      </div>
    </div>
  );
}

/** A reel: upright video with its words over the foot. */
export function Upright({ post, label }: { post: PreviewProps; label: string }) {
  const media = post.media[0];
  return (
    <div className={css.upright} role="img" aria-label={label}>
      {media ? <Still media={media} /> : <div className={css.blank}>Add a video</div>}
      <div className={css.uprightFoot}>
        <b>{post.handle || post.name}</b>
        <div className="pr-clamp-2">{post.text}</div>
      </div>
    </div>
  );
}

export function DocumentCard({ post }: { post: PreviewProps }) {
  const media = post.media[0];
  if (!media) return null;
  return (
    <div className={css.doc}>
      <IconFileTypePdf size={40} stroke={1.4} aria-hidden="true" />
      <div>
        <b>{post.title || media.name}</b>
        <div>{media.pages ? `${media.pages} ${media.pages === 1 ? 'page' : 'pages'}` : 'Document'}</div>
      </div>
    </div>
  );
}

export function PollCard({ post }: { post: PreviewProps }) {
  if (!post.poll) return null;
  return (
    <div className={css.poll}>
      <span>{post.poll.question}</span>
      {post.poll.options.map((option, index) => (
        <div key={index}>{option || `Option ${index + 1}`}</div>
      ))}
    </div>
  );
}

export function FirstComment({ post }: { post: PreviewProps }) {
  if (post.firstComment.trim() === '') return null;
  return (
    <div className={css.comment}>
      <Avatar src={post.avatarUrl} size={28} radius="xl" alt="">
        {initials(post.name)}
      </Avatar>
      <p>
        <b>{post.name}</b>
        <br />
        <Words text={post.firstComment} />
      </p>
    </div>
  );
}

/** What followers can do with it; some networks show the signs without words. */
export function Actions({ items }: { items: { icon: ReactNode; label?: string }[] }) {
  return (
    <div className={css.actions} aria-hidden="true">
      {items.map((item, index) => (
        <span key={index}>
          {item.icon}
          {item.label}
        </span>
      ))}
    </div>
  );
}

export function Nothing({ children }: { children: ReactNode }) {
  return <div className={css.empty}>{children}</div>;
}

export { css };
