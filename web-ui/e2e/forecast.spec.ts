import { join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { shutsOut } from './access.ts';
import { chooseChannel, write } from './composing.ts';
import { inUse } from './inuse.ts';
import { signIn } from './signing.ts';

const house = inUse();

test.beforeEach(async ({ page }) => {
  await signIn(page, house.installation);
});

const panel = (page: Page) => page.getByRole('region', { name: 'What will happen' });
const channelIn = (within: Locator, name: string) => within.locator('details').filter({ hasText: name });

async function nobodyIsShutOut(page: Page, where: string) {
  expect(await shutsOut(page, 'minor', '[aria-label="What will happen"]'), where).toEqual([]);
}

test('the composer looks ahead, by keyboard, on a wide screen and a narrow one', async ({ page }) => {
  await page.goto(`${house.project}/compose`);
  await write(page, { type: 'Text', channels: ['Bluesky: Ada Brandt'], text: 'Open until six.', hashtags: 'coffee' });
  const ahead = panel(page);
  const fold = ahead.getByRole('button', { name: 'What will happen' });
  await expect(fold).toHaveAttribute('aria-expanded', 'false');
  await fold.focus();
  await page.keyboard.press('Enter');
  const bluesky = channelIn(ahead, 'Ada Brandt');
  await expect(bluesky).toContainText('Will publish at once');
  await bluesky.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(bluesky.getByText('Open until six.')).toBeVisible();
  await expect(bluesky.getByText('#coffee')).toBeVisible();
  await expect(bluesky.getByText(/of 10 posts free in the hour before/)).toBeVisible();

  // A channel whose access was taken away does not publish, and the way out stands beside it.
  await chooseChannel(page, 'LinkedIn: Harbour Bakery');
  const linkedin = channelIn(ahead, 'Harbour Bakery');
  await expect(linkedin).toHaveAttribute('data-verdict', 'will_not_publish');
  await expect(ahead.getByRole('status')).toHaveText('1 channel will not publish, 1 channel will publish');
  await linkedin.locator('summary').click();
  await expect(linkedin.getByText('Reconnect the channel.')).toBeVisible();

  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const width of [1366, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await expect(linkedin).toBeVisible();
      await nobodyIsShutOut(page, `${width} ${scheme}`);
      const room = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(room, `${width}: nothing sticks out sideways`).toBeLessThanOrEqual(0);
      if (process.env.SCREENSHOTS) {
        await ahead.scrollIntoViewIfNeeded();
        const path = join(import.meta.dirname, 'screenshots', `forecast-${width}-${scheme}.png`);
        await page.screenshot({ path, animations: 'disabled' });
      }
    }
  }
});

test('a forecast of what was written before is marked until the new one is there', async ({ page }) => {
  await page.goto(`${house.project}/compose`);
  await write(page, { type: 'Text', channels: ['Bluesky: Ada Brandt'], text: 'Open until six.' });
  const ahead = panel(page);
  await ahead.getByRole('button', { name: 'What will happen' }).click();
  await expect(ahead.getByRole('status')).toHaveText('1 channel will publish');
  let answer = () => {};
  const asked = new Promise<void>((done) => {
    answer = done;
  });
  await page.route('**/posts/forecast*', async (route) => {
    await asked;
    await route.continue();
  });
  await chooseChannel(page, 'LinkedIn: Harbour Bakery');
  await expect(ahead.getByRole('status')).toHaveText('It was changed: looking again…');
  await expect(ahead.getByTestId('forecast')).toHaveAttribute('aria-busy', 'true');
  answer();
  await expect(ahead.getByRole('status')).toHaveText('1 channel will not publish, 1 channel will publish');
  await expect(ahead.getByTestId('forecast')).toHaveAttribute('aria-busy', 'false');
});

test('a scheduled post shows what will happen, and again once its channel is in trouble', async ({ page }) => {
  await page.goto(`${house.project}/posts/${house.seeded.posts.scheduled}`);
  const ahead = panel(page);
  await expect(ahead.getByRole('status')).toHaveText('3 channels will publish');
  const instagram = channelIn(ahead, 'Instagram');
  await instagram.locator('summary').click();
  await expect(instagram.getByText('beans.jpg')).toBeVisible();
  await expect(instagram.getByText('Sent ahead')).toBeVisible();
  await nobodyIsShutOut(page, 'post');

  // Texts that were to go out on the channel that was revoked say so where they are listed.
  await page.goto(`${house.project}/library?search=hiring`);
  await expect(
    page
      .getByTestId('post')
      .getByText(/as it stands, posts on it fail/)
      .first(),
  ).toBeVisible();
});

test('an error of the forecast is told, and it can be asked again', async ({ page }) => {
  let broken = true;
  await page.route('**/api/v1/posts/*/forecast', (route) =>
    broken
      ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Busy","status":503}' })
      : route.continue(),
  );
  await page.goto(`${house.project}/posts/${house.seeded.posts.scheduled}`);
  const again = panel(page).getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible({ timeout: 30_000 });
  broken = false;
  await again.click();
  await expect(panel(page).getByRole('status')).toHaveText('3 channels will publish');
});
