import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { Installation } from './installation.ts';
import { signIn } from './signing.ts';

let installation: Installation;

test.beforeAll(async () => {
  installation = await Installation.start();
});

test.afterAll(async () => {
  await installation?.stop();
});

test('after a backup was brought back, everybody sees that nothing goes out, and an administrator goes on', async ({
  page,
}) => {
  await installation.command('backup', '--to', 'copy');
  await installation.restarted(() => installation.command('restore', 'copy', '--replace'));
  await signIn(page, installation);
  await page.goto(installation.url);
  const banner = page.getByRole('alert').filter({ hasText: 'Nothing is being published' });
  await expect(banner).toContainText('The database was brought back from a backup');
  await expect(banner).toContainText('Since ');
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const width of [1366, 768, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await expect(banner).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).include('[role="alert"]').analyze();
      expect(violations.map(({ id }) => `${width} ${scheme}: ${id}`)).toEqual([]);
      const room = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(room, `${width}: nothing sticks out sideways`).toBeLessThanOrEqual(0);
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: join(import.meta.dirname, 'screenshots', `held-${width}-${scheme}.png`) });
    }
  }
  await page.setViewportSize({ width: 1366, height: 844 });

  // A second thought changes nothing; the keyboard is enough.
  const recover = banner.getByRole('button', { name: 'Recover…' });
  await recover.focus();
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: 'Go on publishing?' });
  await expect(question).toContainText('Each is looked for at its network before it is sent');
  if (process.env.SCREENSHOTS)
    await page.screenshot({ path: join(import.meta.dirname, 'screenshots', 'held-question.png') });
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(banner).toBeVisible();

  await recover.click();
  await question.getByRole('button', { name: 'Look for them and go on' }).click();
  await expect(banner).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: 'Calendar' })).toBeVisible();
  const ready = await page.request.get(`${installation.url}/readyz`);
  expect(ready.status()).toBe(200);
});

test('an administrator sees that an older database would not be noticed', async ({ page }) => {
  await signIn(page, installation);
  // Servers find it out by beats that are a minute apart: what they then answer is given here.
  await page.route('**/api/v1/recovery', (route) =>
    route.fulfill({
      json: {
        held: null,
        unwitnessed: { text: 'The witness cannot be written.', remedy: 'Give the servers the right to write it.' },
      },
    }),
  );
  await page.goto(installation.url);
  const notice = page.getByRole('status').filter({ hasText: 'An older database would not be noticed' });
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const width of [1366, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await expect(notice).toContainText('Give the servers the right to write it.');
      const { violations } = await new AxeBuilder({ page }).include('[role="status"]').analyze();
      expect(violations.map(({ id }) => `${width} ${scheme}: ${id}`)).toEqual([]);
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: join(import.meta.dirname, 'screenshots', `unwitnessed-${width}-${scheme}.png`) });
    }
  }
  await expect(page.getByText('Nothing is being published')).toBeHidden();
});
