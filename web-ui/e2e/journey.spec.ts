import { expect, type Page, test } from '@playwright/test';
import type { PostView } from './api.ts';
import {
  allPublished,
  channelChoice,
  chooseChannel,
  chooseType,
  deliveries,
  delivery,
  publishNow,
  type Writing,
  write,
} from './composing.ts';
import { connect, throughPopup } from './connecting.ts';
import { fixture } from './fixtures.ts';
import { Installation } from './installation.ts';
import { feed, revokeTokens, type SandboxPost } from './sandbox.ts';

test.describe.configure({ mode: 'serial' });

const facebook = 'Facebook: Blue Café';
const instagram = 'Instagram: Blue Café';
const linkedin = 'LinkedIn: Harbour Bakery';
const bluesky = 'Bluesky: Ada Brandt';
const everywhere = [facebook, instagram, linkedin, bluesky];

/** Where each channel's feed is found in the sandbox. */
const feeds: Record<string, [network: string, handle: string]> = {
  [facebook]: ['facebook', 'bluecafe'],
  [instagram]: ['instagram', 'blue.cafe'],
  [linkedin]: ['linkedin', 'harbour-bakery'],
  [bluesky]: ['bluesky', 'ada.bsky.social'],
};

let installation: Installation;
let page: Page;

test.beforeAll(async ({ browser }) => {
  installation = await Installation.start();
  page = await browser.newPage();
});

test.afterAll(async () => {
  await page?.close();
  await installation?.stop();
});

async function newest(channel: string): Promise<SandboxPost> {
  const [network = '', handle = ''] = feeds[channel] ?? [];
  const posts = await feed(installation.sandboxUrl, network, handle);
  const post = posts.at(-1);
  if (!post) throw new Error(`nothing stands on ${channel}`);
  return post;
}

/** Publishes from the composer and holds the screen to what followers of every channel see. */
async function publishes(writing: Writing): Promise<void> {
  await write(page, writing);
  await expect(page.getByTestId('problems')).toContainText(/Nothing stands in the way|Good to know/);
  await publishNow(page);
  await standsEverywhere(writing);
}

/** Digests of the post's files as they are kept: a picture or document byte by byte as sent, a film without its metadata. */
async function kept(writing: Writing): Promise<string[]> {
  const address = (await page.getByRole('link', { name: 'Open the post' }).getAttribute('href')) ?? '';
  const answer = await page.request.get(`${installation.url}/api/v1/posts/${address.split('/').at(-1)}`);
  const post: PostView = await answer.json();
  const digests = post.assets.map((use) => post.media.find((asset) => asset.id === use.asset_id)?.sha256 ?? '');
  for (const [index, name] of Object.keys(writing.files ?? {}).entries())
    if (!name.endsWith('.mp4')) expect(digests[index]).toBe(fixture(name).sha256);
  return digests;
}

async function standsEverywhere(writing: Writing): Promise<void> {
  await allPublished(page, writing.channels);
  const meant = await kept(writing);
  const hashtags = (writing.hashtags ?? '').split(', ').filter((word) => word !== '');
  for (const channel of writing.channels) {
    await test.step(`followers see it: ${channel}`, async () => {
      const post = await newest(channel);
      const link = delivery(page, channel).getByRole('link', { name: /^Open on / });
      await expect(link).toHaveAttribute('href', post.permalink);
      if (writing.text) expect(post.text).toContain(writing.text);
      for (const word of hashtags) expect(post.text).toContain(`#${word}`);
      expect(post.media.map((media) => media.sha256)).toEqual(meant);
      const described = Object.values(writing.files ?? {}).filter((text) => text !== '');
      for (const text of described) expect(post.media.map((media) => media.alt)).toContain(text);
      if (writing.link) expect(post.link ?? post.text).toContain(writing.link);
    });
  }
}

test('a person signs in', async () => {
  await page.goto(installation.url);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(installation.email);
  await page.getByLabel(/^Password/).fill('not-the-password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel(/^Password/).fill(installation.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Calendar' })).toBeVisible();
});

test('Facebook, Instagram and LinkedIn are connected through their own windows', async () => {
  await page.getByRole('link', { name: 'Connections' }).click();
  await connect(page, { network: 'Facebook', who: 'Ada Brandt', accounts: ['Blue Café'] });
  await connect(page, { network: 'Instagram', who: 'blue.cafe', accounts: ['Blue Café'] });
  await connect(page, {
    network: 'LinkedIn',
    who: 'Ada Brandt',
    accounts: ['Harbour Bakery'],
    way: 'Pages and profile',
  });
});

test('Bluesky is connected by app password, and a main password is refused', async () => {
  await page.getByRole('button', { name: 'Connect Bluesky' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect Bluesky' });
  await dialog.getByRole('radio', { name: /app password/ }).check();
  await dialog.getByRole('textbox', { name: 'Handle' }).fill('ada.bsky.social');
  await dialog.getByRole('textbox', { name: 'App password' }).fill('main-password-of-ada');
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog.getByRole('alert')).toContainText('app password');
  await dialog.getByRole('textbox', { name: 'App password' }).fill('adaa-sand-boxx-pass');
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.getByRole('button', { name: 'Add channel' }).click();
  await expect(page.getByRole('article', { name: bluesky })).toContainText('Active');
});

test('an image goes out on all four', async () => {
  await publishes({
    type: 'Image',
    channels: everywhere,
    text: 'The first cup of the day, at the counter.',
    hashtags: 'coffee, spring',
    files: { 'cup.jpg': 'A cup of coffee with a leaf poured in milk' },
  });
});

test('a carousel goes out in its order', async () => {
  await publishes({
    type: 'Carousel',
    channels: everywhere,
    text: 'From the harbour to the cup.',
    hashtags: 'harbour',
    files: { 'harbour.jpg': 'Boats at sunrise', 'beans.jpg': '', 'cup.jpg': '' },
  });
});

test('a reel goes out', async () => {
  await publishes({
    type: 'Reel',
    channels: [facebook, instagram],
    text: 'Pouring, up close.',
    hashtags: 'latteart',
    files: { 'upright.mp4': '' },
  });
});

test('a story goes out', async () => {
  await publishes({ type: 'Story', channels: [facebook, instagram], files: { 'harbour.jpg': '' } });
});

test('a link goes out with its card', async () => {
  const channels = [facebook, linkedin, bluesky];
  const writing = { type: 'Link', channels, text: 'Where our beans come ashore.', link: installation.linkUrl };
  await write(page, writing);
  await expect(page.getByTestId('link-card').getByLabel('Card title')).toHaveValue('Morning at the harbour');
  await publishNow(page);
  await allPublished(page, channels);
  for (const channel of channels) {
    const post = await newest(channel);
    expect(post.text).toContain(writing.text);
    expect(post.link).toContain(installation.linkUrl);
  }
});

test('a document goes out', async () => {
  await publishes({
    type: 'Document',
    channels: [linkedin],
    title: 'Spring menu',
    text: 'The spring menu, to leaf through.',
    files: { 'pages.pdf': '' },
  });
});

test('a text that is scheduled goes out by itself, and the page shows it', async () => {
  const channels = [facebook, linkedin, bluesky];
  // So far ahead that a busy machine has it scheduled before.
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 25_000);
  const writing = { type: 'Text', channels, text: 'Open from seven on Saturday.', hashtags: 'openingtimes', at };
  await write(page, writing);
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(page.getByTestId('outcome').getByRole('heading', { name: 'Scheduled' })).toBeVisible();
  for (const channel of channels)
    expect(
      (await feed(installation.sandboxUrl, ...(feeds[channel] ?? ['', '']))).map(({ text }) => text),
    ).not.toContain(writing.text);
  await expect(page.getByTestId('outcome').getByRole('heading', { name: 'Published' })).toBeVisible({
    timeout: 45_000,
  });
  await standsEverywhere(writing);
  for (const channel of channels) await expect(delivery(page, channel)).toContainText('on the second');
});

test('a text for Instagram without media is refused with the remedy', async () => {
  await write(page, { type: 'Text', channels: [instagram], text: 'Words alone.' });
  const problems = page.getByTestId('problems');
  await expect(problems).toContainText('1 to mend before it can be scheduled');
  await expect(problems.getByRole('listitem')).toContainText(/Instagram/);
  await expect(problems.getByRole('listitem')).toContainText(/add|picture|image|video/i);
  await expect(page.getByRole('button', { name: 'Publish now' })).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Schedule', exact: true })).toBeDisabled();
  await problems.getByRole('button', { name: 'Change to image' }).click();
  await expect(page.getByRole('radio', { name: 'Image', exact: true })).toBeChecked();
  await chooseType(page, 'Text');
  await channelChoice(page, instagram).focus();
  await page.keyboard.press('Space');
  await chooseChannel(page, bluesky);
  await expect(page.getByRole('button', { name: 'Publish now' })).toBeEnabled();
  // What was kept of it and is emptied again does not come back.
  await expect(page.getByText(/^Kept in this browser/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Text', exact: true }).fill('');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'New post' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Text', exact: true })).toHaveValue('');
  await expect(page.getByText('This is what you were writing')).toBeHidden();
});

test('a revoked token fails its channel alone; reconnected, Retry publishes that one', async () => {
  const channels = [facebook, bluesky];
  const text = 'Closed on Monday for the stocktaking.';
  await revokeTokens(installation.sandboxUrl, 'facebook');
  await page.reload();
  await write(page, { type: 'Text', channels: [facebook, bluesky], text });
  await publishNow(page);
  const failed = delivery(page, facebook);
  await expect(failed).toHaveAttribute('data-state', 'failed');
  await expect(failed).toContainText('Failed: connection');
  await expect(delivery(page, bluesky)).toHaveAttribute('data-state', 'published');
  await page.getByRole('link', { name: 'Open the post' }).click();
  const address = page.url();

  await delivery(page, facebook).getByRole('link', { name: 'Reconnect Blue Café' }).click();
  const card = page.getByRole('article', { name: facebook });
  await expect(card).toContainText(/Access (ended|taken away)/);
  await card.getByRole('button', { name: 'Reconnect' }).click();
  await throughPopup(page, 'Facebook', 'Ada Brandt');
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
  await expect(card).toContainText('Active');

  await page.goto(address);
  await delivery(page, facebook).getByRole('button', { name: 'Retry' }).click();
  await allPublished(page, channels);
  for (const channel of channels) {
    const posts = await feed(installation.sandboxUrl, ...(feeds[channel] ?? ['', '']));
    expect(posts.filter((post) => post.text.includes(text))).toHaveLength(1);
  }
  await expect(deliveries(page)).toHaveCount(2);
});
