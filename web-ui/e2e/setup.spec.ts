import { expect, test } from '@playwright/test';
import { Installation } from './installation.ts';

let installation: Installation;

test.beforeAll(async () => {
  installation = await Installation.start({ empty: true });
});

test.afterAll(async () => {
  await installation?.stop();
});

test('the one-time link makes the first owner, and refuses whoever comes with it again', async ({ page, browser }) => {
  await page.goto(installation.setupLink);
  await expect(page.getByRole('heading', { level: 1, name: 'Set up Postrider' })).toBeVisible();
  const become = page.getByRole('button', { name: 'Become the owner' });
  await page.getByRole('textbox', { name: 'Organization' }).fill('Nordlicht Agency');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Mia Keller');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('mia@nordlicht.example');
  await page.getByLabel(/^Password/).fill('too short');
  await expect(page.getByText('1 more character', { exact: true })).toBeVisible();
  await expect(become).toBeDisabled();
  await page.getByLabel(/^Password/).fill('long enough to be safe');
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await zone.click();
  await zone.fill('Berlin');
  await page.getByRole('option', { name: 'Europe/Berlin' }).click();
  await become.click();

  await expect(page.getByRole('heading', { level: 1, name: 'Calendar' })).toBeVisible();
  await expect(page.getByText('Times in Europe/Berlin')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Account of Mia Keller' })).toBeVisible();
  await page.getByRole('link', { name: 'Connections' }).click();
  await expect(page.getByRole('heading', { name: 'No channel yet' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Connect Bluesky' })).toBeVisible();

  const other = await browser.newPage();
  await other.goto(installation.setupLink);
  await other.getByRole('textbox', { name: 'Organization' }).fill('Somebody Else');
  await other.getByRole('textbox', { name: 'Your name' }).fill('Eve');
  await other.getByRole('textbox', { name: 'E-mail' }).fill('eve@elsewhere.example');
  await other.getByLabel(/^Password/).fill('long enough to be safe');
  await other.getByRole('button', { name: 'Become the owner' }).click();
  await expect(other.getByRole('alert')).toContainText('The link was used, or its time is over.');
  await expect(other.getByRole('alert')).toContainText('for a fresh link');
  await other.getByRole('link', { name: 'Sign in' }).click();
  await other.getByRole('textbox', { name: 'E-mail' }).fill('mia@nordlicht.example');
  await other.getByLabel(/^Password/).fill('long enough to be safe');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Calendar' })).toBeVisible();
  await other.close();
});

test('a link that lost its token on the way says so', async ({ page }) => {
  await page.goto(`${installation.url}/setup`);
  await expect(page.getByRole('heading', { name: 'This link is not whole' })).toBeVisible();
});
