import { expect, type Page, test } from '@playwright/test';
import { deliveries, delivery } from './composing.ts';
import { inUse } from './inuse.ts';
import { feed } from './sandbox.ts';
import { signIn } from './signing.ts';

const house = inUse();

test.beforeEach(async ({ page }) => {
  await signIn(page, house.installation);
});

/** Puts a mark on the window that a reload would wipe away. */
async function mark(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));
  return async () => expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);
}

test('a delivery is called off from its history', async ({ page }) => {
  await page.goto(`${house.project}/posts/${house.seeded.posts.published}`);
  const done = delivery(page, 'Instagram: Blue Café');
  await done.getByRole('button', { name: 'History' }).click();
  await expect(done.getByTestId('history').getByRole('region', { name: 'Attempt 1' })).toContainText('HTTP 200');
  await expect(done.getByTestId('history')).toContainText(/\d ms|\d s/);

  const post = await house.seeded.api.post(
    {
      content_type: 'text',
      text: 'To be called off.',
      deliveries: [
        { channel_id: house.seeded.channels.facebook ?? '' },
        { channel_id: house.seeded.channels.bluesky ?? '' },
      ],
      schedule: { at: new Date(Date.now() + 86_400_000).toISOString() },
    },
    'schedule',
  );
  await page.goto(`${house.project}/posts/${post.id}`);
  await expect(deliveries(page)).toHaveCount(2);
  const off = delivery(page, 'Facebook: Blue Café');
  await off.getByRole('button', { name: 'Cancel' }).click();
  await expect(off).toHaveAttribute('data-state', 'canceled');
  await expect(delivery(page, 'Bluesky: Ada Brandt')).toHaveAttribute('data-state', 'scheduled');
  await off.getByRole('button', { name: 'History' }).click();
  await expect(off.getByTestId('history')).toContainText('Called off');
});

test('the month shows what is planned, and the rest of a full day', async ({ page }) => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await page.goto(`${house.project}/calendar?date=${tomorrow}`);
  const month = page.getByTestId('month');
  await expect(month.getByText('Open from seven on Saturday.')).toBeVisible();
  await expect(month, 'its last week is in sight without scrolling').toBeInViewport({ ratio: 1 });
  await month
    .getByText(/^\+\d more$/)
    .first()
    .click();
  const more = page.getByRole('dialog');
  await expect(more.getByText('Last call for the tasting.')).toBeVisible();
  await more.getByText('Last call for the tasting.').click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Last call for the tasting.');
  await expect(deliveries(page)).toHaveCount(2);
});

test('a post in the last minute of a day stands on that day alone', async ({ page }) => {
  const { api, channels } = house.seeded;
  const day = new Date(Date.now() + 6 * 86_400_000).toISOString().slice(0, 10);
  await api.post(
    {
      content_type: 'text',
      text: 'Good night.',
      deliveries: [{ channel_id: channels.bluesky ?? '' }],
      schedule: { at: `${day}T23:59:00Z` },
    },
    'schedule',
  );
  await page.goto(`${house.project}/calendar?date=${day}`);
  const month = page.getByTestId('month');
  const post = month.getByRole('button').filter({ hasText: 'Good night.' });
  await expect(post).toHaveCount(1);
  const [whole, own] = [await month.boundingBox(), await post.boundingBox()];
  expect(own?.width).toBeLessThanOrEqual((whole?.width ?? 0) / 7);
});

test('the library finds by words, status, type and channel, and keeps it in the address', async ({ page }) => {
  await page.goto(`${house.project}/library`);
  const posts = page.getByTestId('post');
  await page.getByRole('textbox', { name: 'Search posts' }).fill('tasting');
  await expect(posts).toHaveCount(2);
  await expect(page).toHaveURL(/q=tasting/);
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Search posts' })).toHaveValue('tasting');
  await expect(posts).toHaveCount(2);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('combobox', { name: 'Status' }).selectOption({ label: 'Partly failed' });
  await expect(posts).toHaveCount(1);
  await expect(posts.first()).toContainText('LinkedIn');
  await expect(posts.first().getByRole('button', { name: 'Retry' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('combobox', { name: 'Type' }).selectOption({ label: 'Reel' });
  await expect(posts).toHaveCount(1);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('combobox', { name: 'Channel' }).selectOption({ label: 'Harbour Bakery (LinkedIn)' });
  await expect(posts).toHaveCount(5);
  await page.getByRole('textbox', { name: 'Search posts' }).fill('no such words');
  await expect(page.getByRole('heading', { name: 'No post fits these filters' })).toBeVisible();
});

test('a text is composed and published with the keyboard alone', async ({ page }) => {
  await page.goto(`${house.project}/library`);
  await expect(page.getByRole('heading', { name: 'Library' })).toBeVisible();
  const reach = async (name: string, role: 'link' | 'button' | 'checkbox' | 'radio' | 'textbox', presses = 60) => {
    const wanted = page.getByRole(role, { name, exact: true }).first();
    for (let press = 0; press < presses; press += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return;
      await page.keyboard.press('Tab');
    }
    await expect(wanted).toBeFocused();
  };
  await reach('New post', 'link');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'New post' })).toBeVisible();
  await reach('Text', 'radio');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: 'Image', exact: true })).toBeChecked();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('radio', { name: 'Text', exact: true })).toBeChecked();
  await reach('Bluesky: Ada Brandt', 'checkbox');
  await page.keyboard.press('Space');
  await expect(page.getByRole('checkbox', { name: 'Bluesky: Ada Brandt' })).toBeChecked();
  await reach('Text', 'textbox');
  await page.keyboard.type('Written without a mouse. #keys');
  await expect(page.getByRole('button', { name: 'Publish now' })).toBeEnabled();
  await page.keyboard.press('Control+Home');
  const publish = page.getByRole('button', { name: 'Publish now' });
  for (let press = 0; press < 60; press += 1) {
    if (await publish.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('Shift+Tab');
  }
  await expect(publish).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(delivery(page, 'Bluesky: Ada Brandt')).toHaveAttribute('data-state', 'published');
  const texts = (await feed(house.installation.sandboxUrl, 'bluesky', 'ada.bsky.social')).map((post) => post.text);
  expect(texts).toContain('Written without a mouse. #keys');
});

test('a post made by another program shows by itself, and moves as it goes out', async ({ page }) => {
  await page.goto(`${house.project}/library`);
  const cards = page.getByTestId('post');
  await expect(cards.first()).toBeVisible();
  const stays = await mark(page);
  const post = await house.seeded.api.post({
    content_type: 'text',
    text: 'Sent by a program.',
    deliveries: [{ channel_id: house.seeded.channels.bluesky ?? '' }],
  });
  const card = cards.filter({ hasText: 'Sent by a program.' });
  await expect(card).toHaveAttribute('data-status', 'draft');
  await house.seeded.api.ask('POST', `/posts/${post.id}/publish`, {});
  await expect(card).toHaveAttribute('data-status', 'published');
  await stays();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('one writes, publishes and finds a post', async ({ page }) => {
    await page.goto(`${house.project}/calendar`);
    await expect(page.getByTestId('agenda')).toBeVisible();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'New post' }).tap();
    const fits = () =>
      page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
    await page.getByRole('group', { name: 'Content type' }).getByText('Text', { exact: true }).tap();
    await page
      .locator('label')
      .filter({ has: page.getByRole('checkbox', { name: 'Bluesky: Ada Brandt' }) })
      .tap();
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('From the train.');
    await page.getByRole('button', { name: 'Show preview' }).tap();
    await expect(page.getByRole('article', { name: /Bluesky/ })).toContainText('From the train.');
    expect(await fits()).toBe(true);
    await page.getByRole('button', { name: 'Publish now' }).tap();
    await expect(delivery(page, 'Bluesky: Ada Brandt')).toHaveAttribute('data-state', 'published');
    expect(await fits()).toBe(true);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Library' }).tap();
    await expect(page.getByTestId('post').filter({ hasText: 'From the train.' })).toBeVisible();
    expect(await fits()).toBe(true);
  });
});

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark' });

  test('the page follows the system, and a choice of one’s own stays', async ({ page }) => {
    const scheme = page.locator('html');
    await page.goto(`${house.project}/library`);
    await expect(scheme).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await page.getByRole('button', { name: 'Light colours' }).click();
    await expect(scheme).toHaveAttribute('data-mantine-color-scheme', 'light');
    await page.reload();
    await expect(page.getByRole('button', { name: 'Dark colours' })).toBeVisible();
    await expect(scheme).toHaveAttribute('data-mantine-color-scheme', 'light');
  });
});
