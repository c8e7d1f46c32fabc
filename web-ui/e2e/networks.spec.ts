import { expect, type Page, test } from '@playwright/test';
import { allPublished, publishNow, write } from './composing.ts';
import { type Connecting, connect } from './connecting.ts';
import { inUse } from './inuse.ts';
import { feed } from './sandbox.ts';
import { signIn } from './signing.ts';

test.describe.configure({ mode: 'serial' });

const house = inUse();
let page: Page;

/** The networks that the first journey leaves out: how each is connected, and where its feed is found in the sandbox. */
const others: (Connecting & { key: string; handle: string })[] = [
  { network: 'Threads', who: 'blue.cafe', accounts: ['Blue Café'], key: 'threads', handle: 'blue.cafe' },
  { network: 'X', who: 'Blue Café', accounts: ['Blue Café'], key: 'x', handle: 'bluecafe' },
  { network: 'TikTok', who: 'Harbour Bakery', accounts: ['Harbour Bakery'], key: 'tiktok', handle: 'harbour.bakery' },
  { network: 'Pinterest', who: 'Ada', accounts: ['Breads'], key: 'pinterest', handle: 'breads' },
  {
    network: 'Mastodon',
    who: 'Harbour Bakery',
    accounts: ['Harbour Bakery'],
    typed: { Server: 'mastodon.social' },
    key: 'mastodon',
    handle: 'harbourbakery',
  },
  {
    network: 'Google Business Profile',
    who: 'Ada Brandt',
    accounts: ['Harbour Kiosk'],
    key: 'google_business',
    handle: 'Harbour Kiosk',
  },
  {
    network: 'Telegram',
    accounts: ['Harbour Bakery'],
    typed: { 'Bot token': '7000000001:AAadaSandboxSandboxSandboxSandboxSa', 'Channel or group': '@harbourbakery' },
    key: 'telegram',
    handle: 'harbourbakery',
  },
];
/** It takes videos alone. */
const youtube = {
  network: 'YouTube',
  who: 'Harbour Bakery',
  accounts: ['Harbour Bakery'],
  key: 'youtube',
  handle: 'harbourbakery',
};
const channelOf = ({ network, accounts }: Connecting) => `${network}: ${accounts[0]}`;

test.beforeAll(async ({ browser }) => {
  page = await browser.newPage();
  await signIn(page, house.installation);
  await page.goto(`${house.project}/connections`);
});

test.afterAll(async () => {
  await page?.close();
});

for (const other of [...others, youtube]) {
  test(`${other.network} is connected ${other.who ? 'in its own window' : 'by what is typed'}`, async () => {
    await connect(page, other);
  });
}

test('a picture goes out on each, and who sees it on TikTok must be chosen before', async () => {
  const channels = others.map(channelOf);
  await write(page, {
    type: 'Image',
    channels,
    text: 'The first cup of the day, at the counter.',
    files: { 'cup.jpg': 'A cup of coffee with a leaf poured in milk' },
  });
  const problems = page.getByTestId('problems');
  await expect(problems).toContainText('Who sees it');
  await expect(page.getByRole('button', { name: 'Publish now' })).toBeDisabled();
  await page.getByRole('tab', { name: 'Harbour Bakery' }).first().click();
  const only = page.getByRole('region', { name: 'Only on TikTok' });
  await only.getByRole('combobox').selectOption({ label: 'Everybody' });
  await expect(problems).toContainText(/Nothing stands in the way|Good to know/);
  await publishNow(page);
  await allPublished(page, channels);
  for (const { key, handle } of others) {
    const posts = await feed(house.installation.sandboxUrl, key, handle);
    expect(posts.at(-1)?.text, key).toContain('The first cup of the day');
    expect(posts.at(-1)?.media, key).toHaveLength(1);
  }
});

test('a Short goes out on YouTube, once it is said whether it is made for children', async () => {
  const channels = [channelOf(youtube)];
  await write(page, {
    type: 'Reel',
    channels,
    title: 'How the foam is poured',
    text: 'Slowly, from low down.',
    files: { 'upright.mp4': '' },
  });
  const problems = page.getByTestId('problems');
  await expect(problems).toContainText('Made for children');
  await expect(page.getByRole('button', { name: 'Publish now' })).toBeDisabled();
  await page.getByRole('tab', { name: 'Harbour Bakery' }).first().click();
  const only = page.getByRole('region', { name: 'Only on YouTube' });
  await only.getByRole('combobox', { name: 'Made for children' }).selectOption({ index: 1 });
  await expect(problems).toContainText(/Nothing stands in the way|Good to know/);
  await publishNow(page);
  await allPublished(page, channels);
  const posts = await feed(house.installation.sandboxUrl, youtube.key, youtube.handle);
  expect(posts.at(-1)?.text).toContain('Slowly, from low down.');
});
