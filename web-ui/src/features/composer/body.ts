/** Between what is being written and what the server keeps. */
import type { DeliveryInput, PostInput, PostView, Schedule } from '../../api/types.ts';
import { wallTime } from '../../lib/zones.ts';
import type { Draft, When } from './draft.ts';

export function scheduleOf(when: When | undefined): Schedule | undefined {
  return when && when.local !== '' ? { local: when.local, zone: when.zone, choice: when.choice } : undefined;
}

/** What the server is sent. Only the channels named go in: those chosen that do not take the type stay out. */
export function bodyOf(draft: Draft, channelIds: ReadonlySet<string>): PostInput {
  const { content } = draft;
  const type = content.content_type;
  const deliveries: DeliveryInput[] = draft.chosen
    .filter((chosen) => channelIds.has(chosen.channelId))
    .map((chosen) => ({
      channel_id: chosen.channelId,
      mode: chosen.mode,
      overrides: chosen.overrides,
      schedule: scheduleOf(chosen.when),
    }));
  return {
    content_type: type,
    title: content.title.trim(),
    text: type === 'thread' ? '' : content.text,
    hashtags: content.hashtags,
    assets: type === 'thread' ? [] : content.assets,
    link:
      type === 'link' && content.link && content.link.url.trim() !== ''
        ? { ...content.link, url: content.link.url.trim() }
        : null,
    poll: type === 'poll' ? content.poll : null,
    thread: type === 'thread' ? content.thread : [],
    first_comment: content.first_comment,
    deliveries,
    schedule: scheduleOf(draft.when) ?? null,
  };
}

function whenOf(schedule: Schedule | null | undefined, zone: string): When | undefined {
  if (schedule?.local && schedule.zone) return { local: schedule.local, zone: schedule.zone, choice: schedule.choice };
  return schedule?.at ? { local: wallTime(schedule.at, zone), zone } : undefined;
}

/** A stored post, opened for writing on. */
export function draftOf(post: PostView, zone: string): Draft {
  return {
    content: {
      content_type: post.content_type,
      title: post.title,
      text: post.text,
      hashtags: post.hashtags,
      assets: post.assets,
      link: post.link ?? null,
      poll: post.poll ?? null,
      thread: post.thread,
      first_comment: post.first_comment,
    },
    typedHashtags: post.hashtags.join(', '),
    chosen: post.deliveries
      .filter((delivery) => delivery.state !== 'canceled')
      .map((delivery) => ({
        channelId: delivery.channel.id,
        mode: delivery.mode,
        overrides: delivery.overrides,
        when: whenOf(delivery.schedule, zone),
      })),
    when: whenOf(post.schedule, zone) ?? { local: '', zone },
  };
}
