import { expect } from '@playwright/test';
import { Api, type PostInput } from './api.ts';
import { fixture } from './fixtures.ts';
import type { Installation } from './installation.ts';
import { revokeTokens } from './sandbox.ts';

const hourMs = 3_600_000;

export interface Seeded {
  api: Api;
  /** Ids by the name of the channel's network. */
  channels: Record<string, string>;
  /** Ids of posts by what they are for. */
  posts: { published: string; scheduled: string; failed: string; draft: string };
}

/** The same day at another hour, or the same hour days later, so that a month is filled whatever day it is. */
function inDays(days: number, hour: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, hour)).toISOString();
}

/** A project in use: four networks connected, posts in every state that a planner sees every day. */
export async function seed(installation: Installation): Promise<Seeded> {
  const api = await Api.signIn(installation);
  const ada = { person: 'ada', decision: 'continue' };
  await api.connect('facebook', 'facebook_login', ada, ['Blue Café']);
  await api.connect('instagram', 'instagram_login', { ...ada, person: '17841400000000001' }, ['Blue Café']);
  await api.connect('linkedin', 'pages', { person: 'ada', decision: 'allow' }, ['Harbour Bakery']);
  await api.connect('bluesky', 'app_password', { handle: 'ada.bsky.social', app_password: 'adaa-sand-boxx-pass' }, [
    'Ada Brandt',
  ]);
  const channels = Object.fromEntries((await api.channels()).map((channel) => [channel.network as string, channel.id]));
  const { facebook = '', instagram = '', linkedin = '', bluesky = '' } = channels;
  const to = (...ids: string[]) => ids.map((channel_id) => ({ channel_id })) as PostInput['deliveries'];
  const cup = await api.upload(fixture('cup.jpg'), 'A cup of coffee with a leaf poured in milk');
  const harbour = await api.upload(fixture('harbour.jpg'), 'Boats at sunrise');
  const beans = await api.upload(fixture('beans.jpg'), 'Roasted beans');
  const film = await api.upload(fixture('upright.mp4'));
  const use = (...assets: { id: string; alt_text: string }[]) =>
    assets.map(({ id, alt_text }) => ({ asset_id: id, alt_text }));

  const published = await api.post(
    {
      content_type: 'image',
      text: 'The first cup of the day, at the counter from seven. Say hello to Ben, who is new behind the machine.',
      hashtags: ['coffee', 'spring'],
      assets: use(cup),
      deliveries: to(facebook, instagram, linkedin, bluesky),
    },
    'publish',
  );
  const plans: [days: number, hour: number, post: PostInput][] = [
    [1, 9, { content_type: 'text', text: 'Open from seven on Saturday.', deliveries: to(facebook, bluesky) }],
    [1, 12, { content_type: 'image', text: 'Boats at dawn.', assets: use(harbour), deliveries: to(instagram) }],
    [1, 17, { content_type: 'text', text: 'Who is in for a tasting tonight?', deliveries: to(bluesky) }],
    [1, 19, { content_type: 'text', text: 'Last call for the tasting.', deliveries: to(bluesky, linkedin) }],
    [
      2,
      8,
      { content_type: 'reel', text: 'Pouring, up close.', assets: use(film), deliveries: to(facebook, instagram) },
    ],
    [3, 10, { content_type: 'text', text: 'We are hiring: two mornings a week.', deliveries: to(linkedin, facebook) }],
    [
      5,
      9,
      {
        content_type: 'carousel',
        text: 'From the harbour to the cup.',
        assets: use(harbour, beans, cup),
        deliveries: to(facebook, instagram, linkedin),
      },
    ],
  ];
  for (const [days, hour, post] of plans) await api.post({ ...post, schedule: { at: inDays(days, hour) } }, 'schedule');
  const scheduled = await api.post(
    {
      content_type: 'carousel',
      title: 'Spring roast',
      text: 'The spring roast is in: Guji, washed, bright as April.',
      hashtags: ['coffee', 'springroast'],
      assets: use(beans, cup),
      deliveries: to(facebook, instagram, bluesky),
      schedule: { at: new Date(Math.ceil(Date.now() / hourMs) * hourMs + 2 * hourMs).toISOString() },
    },
    'schedule',
  );
  const draft = await api.post({
    content_type: 'text',
    text: 'Notes for the summer menu: cold brew, affogato, something with cherries.',
    deliveries: to(bluesky),
    schedule: { at: inDays(4, 9) },
  });
  await settled(api, published.id, 'published');
  await revokeTokens(installation.sandboxUrl, 'linkedin');
  const failed = await api.post(
    { content_type: 'text', text: 'Closed on Monday for the stocktaking.', deliveries: to(facebook, linkedin) },
    'publish',
  );
  const posts = { published: published.id, scheduled: scheduled.id, failed: failed.id, draft: draft.id };
  await settled(api, posts.failed, 'partially_failed');
  return { api, channels, posts };
}

/** Waits until a post has come to its end. */
async function settled(api: Api, postId: string, status: string): Promise<void> {
  const now = async () => (await api.ask<{ status: string }>('GET', `/posts/${postId}`)).status;
  await expect.poll(now, { timeout: 30_000 }).toBe(status);
}
