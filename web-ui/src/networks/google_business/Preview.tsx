import { css, Folded, Frame, Head, Nothing, Single } from '../parts/index.tsx';
import { whenOf } from '../parts/Timeline.tsx';
import type { PreviewProps } from '../preview.ts';

/** What Google writes on its buttons. */
const buttons: Record<string, string> = {
  BOOK: 'Book',
  ORDER: 'Order online',
  SHOP: 'Buy',
  LEARN_MORE: 'Learn more',
  SIGN_UP: 'Sign up',
  CALL: 'Call now',
};

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** A moment by the clocks of the location, whatever those of the reader say. */
function moment(value: unknown): string {
  const at = typeof value === 'string' ? new Date(`${value}:00Z`) : undefined;
  return at && !Number.isNaN(at.getTime()) ? day.format(at) : '…';
}

const words = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

function buttonOf({ contentType, link, settings }: PreviewProps): string | undefined {
  if (settings.topic_type === 'OFFER') return undefined;
  if (contentType === 'link') return link?.url ? buttons[words(settings.link_button) || 'LEARN_MORE'] : undefined;
  return buttons[words(settings.call_to_action)];
}

export default function Preview(post: PreviewProps) {
  const { settings, media } = post;
  const [photo] = media;
  const timed = settings.topic_type === 'EVENT' || settings.topic_type === 'OFFER';
  const offer = settings.topic_type === 'OFFER';
  const button = buttonOf(post);
  return (
    <Frame label="Google Business Profile post" entity="light-dark(#1a66d6, #8ab4f8)">
      <Head post={post} line={whenOf(post)} />
      {photo && <Single media={photo} narrowest={4 / 3} widest={4 / 3} />}
      {timed && (
        <div className={css.text}>
          <b>{words(settings.event_title) || 'No title yet'}</b>
          <br />
          {moment(settings.event_start)} – {moment(settings.event_end)}
        </div>
      )}
      <Folded text={post.text} chars={100} lines={3} more="More" />
      {post.text === '' && !photo && <Nothing>Nothing written yet</Nothing>}
      {offer && words(settings.coupon_code) !== '' && (
        <div className={css.poll}>
          <div>{words(settings.coupon_code)}</div>
        </div>
      )}
      {offer && words(settings.terms_conditions) !== '' && (
        <Folded text={words(settings.terms_conditions)} chars={100} lines={2} more="More" />
      )}
      {button && (
        <div className={css.poll}>
          <div>{button}</div>
        </div>
      )}
    </Frame>
  );
}
