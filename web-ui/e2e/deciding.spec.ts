import { expect, type Page, test } from '@playwright/test';
import { Api, type PostView } from './api.ts';
import { chooseChannel, delivery, publishNow, write } from './composing.ts';
import { Installation } from './installation.ts';
import { feed, loseNext, standing } from './sandbox.ts';
import { signIn } from './signing.ts';

const facebook = 'Facebook: Blue Café';
const bluesky = 'Bluesky: Ada Brandt';

let installation: Installation;
let api: Api;
let channels: Record<string, string>;

test.beforeAll(async () => {
  // A lost answer is waited for less long than on a real network.
  installation = await Installation.start({ settings: { 'publishing.doubt_percent': '5' } });
  api = await Api.signIn(installation);
  await api.connect('facebook', 'facebook_login', { person: 'ada', decision: 'continue' }, ['Blue Café']);
  await api.connect('bluesky', 'app_password', { handle: 'ada.bsky.social', app_password: 'adaa-sand-boxx-pass' }, [
    'Ada Brandt',
  ]);
  channels = Object.fromEntries((await api.channels()).map((channel) => [channel.network as string, channel.id]));
});

test.afterAll(async () => {
  await installation?.stop();
});

test.beforeEach(async ({ page }) => {
  await signIn(page, installation);
});

const project = () => `${installation.url}/p/${api.projectId}`;

/** A draft at Facebook whose commit got lost: nobody can read there whether it stands. */
async function lost(page: Page, text: string, what: 'lose_request' | 'lose_answer') {
  await loseNext(installation.sandboxUrl, 'facebook', what);
  const post = await api.post({
    content_type: 'text',
    text,
    deliveries: [{ channel_id: channels.facebook ?? '', mode: 'draft' }],
  });
  await api.ask('POST', `/posts/${post.id}/publish`, {});
  await page.goto(`${project()}/posts/${post.id}`);
  const doubtful = delivery(page, facebook);
  await expect(doubtful).toHaveAttribute('data-state', 'in_doubt');
  await expect(doubtful.getByRole('button', { name: 'It is there' })).toBeVisible({ timeout: 30_000 });
  await expect(doubtful).toContainText('Look at the channel and say what you see.');
  return doubtful;
}

const drafts = async (text: string) =>
  (await standing(installation.sandboxUrl, 'facebook', 'bluecafe')).filter((post) => post.text === text);

test('what nobody can read is asked of a person: it is there', async ({ page }) => {
  const text = 'Its answer was lost.';
  const doubtful = await lost(page, text, 'lose_answer');
  await page.goto(`${project()}/library`);
  const card = page.getByTestId('post').filter({ hasText: text });
  await expect(card).toContainText('Needs you');
  await card.getByRole('link', { name: text }).click();
  await doubtful.getByRole('textbox', { name: /Its address/ }).fill('https://www.facebook.com/bluecafe/posts/1');
  await doubtful.getByRole('button', { name: 'It is there' }).click();
  await expect(doubtful).toHaveAttribute('data-state', 'drafted');
  await expect(doubtful.getByRole('link', { name: 'Open on Facebook' })).toHaveAttribute(
    'href',
    'https://www.facebook.com/bluecafe/posts/1',
  );
  expect(await drafts(text)).toHaveLength(1);
  await doubtful.getByRole('button', { name: 'History' }).click();
  await expect(doubtful.getByTestId('history')).toContainText('Said that it is there');
});

test('what nobody can read is asked of a person: it is not there', async ({ page }) => {
  const text = 'It never got there.';
  const doubtful = await lost(page, text, 'lose_request');
  expect(await drafts(text)).toHaveLength(0);
  await doubtful.getByRole('button', { name: 'It is not there, send it…' }).click();
  const sure = page.getByRole('dialog');
  await expect(sure).toContainText('Be sure that it is not on Facebook');
  await sure.getByRole('button', { name: 'It is not there, send it' }).click();
  await expect(doubtful).toHaveAttribute('data-state', 'drafted');
  expect(await drafts(text)).toHaveLength(1);
});

test('where a network takes no drafts one is reminded, posts by hand and says so', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const text = 'Posted by hand, on purpose.';
  await page.goto(`${project()}/library`);
  await write(page, {
    type: 'Image',
    channels: [bluesky],
    text,
    hashtags: 'byhand',
    files: { 'cup.jpg': 'A cup of coffee' },
  });
  await page.getByRole('tab', { name: 'Ada Brandt' }).first().click();
  await page.getByRole('radio', { name: 'Remind me to post it' }).check();
  await publishNow(page);
  const ready = delivery(page, bluesky);
  await expect(ready).toHaveAttribute('data-state', 'ready_to_post');
  await ready.getByRole('button', { name: 'Copy text' }).click();
  await expect(ready.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${text}\n\n#byhand`);
  const downloading = page.waitForEvent('download');
  await ready.getByRole('link', { name: 'Download cup.jpg' }).click();
  expect((await downloading).suggestedFilename()).toBe('cup.jpg');
  const address = 'https://bsky.app/profile/ada.bsky.social/post/3abcdefghijk2';
  await ready.getByRole('textbox', { name: /Its address/ }).fill(address);
  await ready.getByRole('button', { name: 'Mark as posted' }).click();
  await expect(ready).toHaveAttribute('data-state', 'published');
  await expect(ready.getByRole('link', { name: 'Open on Bluesky' })).toHaveAttribute('href', address);
  expect(await feed(installation.sandboxUrl, 'bluesky', 'ada.bsky.social')).toHaveLength(0);
});

test('a full hour is refused with the next free time, which one click takes', async ({ page }) => {
  for (let minute = 0; minute < 10; minute += 1) {
    const at = `2040-01-02T09:0${minute}:30Z`;
    const deliveries = [{ channel_id: channels.bluesky ?? '' }];
    await api.post({ content_type: 'text', text: `Number ${minute}`, deliveries, schedule: { at } }, 'schedule');
  }
  await page.goto(`${project()}/library`);
  const at = new Date('2040-01-02T09:30:00Z');
  await write(page, { type: 'Text', channels: [bluesky], text: 'One too many.', at });
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  const refused = page.getByRole('alert').filter({ hasText: 'The time around this one is full' });
  await expect(refused).toContainText('At most 10 posts on one channel within any hour');
  await refused.getByRole('button', { name: 'Take the next free time, 2 Jan 2040, 10:00' }).click();
  await expect(refused).toBeHidden();
  await expect(page.getByLabel('Time', { exact: true })).toHaveValue('10:00:30');
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(page.getByTestId('outcome').getByRole('heading', { name: 'Scheduled' })).toBeVisible();
  await expect(delivery(page, bluesky)).toContainText('2 Jan 2040, 10:00');
});

test('where the full hour is one channel’s own, its own time is moved, and shown', async ({ page }) => {
  for (let minute = 0; minute < 10; minute += 1) {
    const at = `2041-01-02T09:0${minute}:30Z`;
    const deliveries = [{ channel_id: channels.bluesky ?? '' }];
    await api.post({ content_type: 'text', text: `Own ${minute}`, deliveries, schedule: { at } }, 'schedule');
  }
  await page.goto(`${project()}/library`);
  const at = new Date('2041-01-02T12:00:00Z');
  await write(page, { type: 'Text', channels: [facebook, bluesky], text: 'At two times.', at });
  await page.getByRole('tab', { name: 'Ada Brandt' }).first().click();
  await page.getByRole('button', { name: 'Give it its own time' }).click();
  const own = page.getByRole('group', { name: 'Time on Ada Brandt' });
  await own.getByLabel('Time', { exact: true }).fill('09:30');
  await page.getByRole('tab', { name: 'All channels' }).click();
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  const refused = page.getByRole('alert').filter({ hasText: 'The time around this one is full' });
  await refused.getByRole('button', { name: 'Take the next free time on Ada Brandt, 2 Jan 2041, 10:00' }).click();
  await expect(refused).toBeHidden();
  await expect(own.getByLabel('Time', { exact: true })).toHaveValue('10:00:30');
  await page.getByRole('tab', { name: 'All channels' }).click();
  await expect(page.getByLabel('Time', { exact: true })).toHaveValue('12:00:00');
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(delivery(page, bluesky)).toContainText('2 Jan 2041, 10:00');
  await expect(delivery(page, facebook)).toContainText('2 Jan 2041, 12:00');
});

test('a time over which the clock is changed is explained, and may be chosen', async ({ page }) => {
  const stored = async () => {
    const id = new URL(page.url()).searchParams.get('post');
    return (await api.ask<PostView>('GET', `/posts/${id}`)).deliveries[0]?.due_at;
  };
  await page.goto(`${project()}/compose`);
  await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Late at night.');
  await chooseChannel(page, bluesky);
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await zone.click();
  await zone.fill('Berlin');
  await page.getByRole('option', { name: /Europe\/Berlin/ }).click();

  await page.getByLabel('Date', { exact: true }).fill('2027-03-28');
  await page.getByLabel('Time', { exact: true }).fill('02:30');
  const when = page.getByRole('group', { name: 'When' });
  await expect(when).toContainText('02:30 does not exist on 2027-03-28 in Europe/Berlin');
  const after = when.getByRole('radio', { name: '28 Mar 2027, 03:30 · UTC+2' });
  await expect(after).toBeChecked();
  await expect(when).toContainText('That is 28 Mar 2027, 01:30 where you are');
  await when.getByRole('radio', { name: '28 Mar 2027, 01:30 · UTC+1' }).check();
  await expect(when).toContainText('It is taken as 01:30');
  await page.getByRole('button', { name: 'Save draft' }).click();
  await expect(page.getByText(/^Saved as a draft at/)).toBeVisible();
  expect(await stored()).toBe('2027-03-28T00:30:00.000Z');

  await page.getByLabel('Date', { exact: true }).fill('2027-10-31');
  await expect(when).toContainText('02:30 comes twice on 2027-10-31 in Europe/Berlin');
  await expect(when.getByRole('radio', { name: '31 Oct 2027, 02:30 · UTC+2' })).toBeChecked();
  await when.getByRole('radio', { name: '31 Oct 2027, 02:30 · UTC+1' }).check();
  await expect(when).toContainText('The second is taken');
  await expect(when).toContainText('That is 31 Oct 2027, 01:30 where you are');
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(page.getByTestId('outcome').getByRole('heading', { name: 'Scheduled' })).toBeVisible();
  expect(await stored()).toBe('2027-10-31T01:30:00.000Z');
});
