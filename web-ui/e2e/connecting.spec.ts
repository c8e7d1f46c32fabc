import { expect, type Page, test } from '@playwright/test';
import { delivery } from './composing.ts';
import { inUse } from './inuse.ts';
import { agree } from './sandbox.ts';
import { signIn } from './signing.ts';

const house = inUse();

test.beforeEach(async ({ page }) => {
  await signIn(page, house.installation);
  await page.goto(`${house.project}/connections`);
});

const channel = (page: Page, name: string) => page.getByRole('article', { name, exact: true });

test('where the browser opens no window, connecting goes on in the same tab and comes back', async ({ page }) => {
  await page.evaluate(() => Object.assign(window, { open: () => null }));
  await page.getByRole('button', { name: 'Connect another LinkedIn' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect LinkedIn' });
  await dialog.getByRole('radio', { name: 'Pages and profile' }).check();
  await dialog.getByRole('button', { name: 'Continue to LinkedIn' }).click();
  await expect(dialog).toContainText('Your browser did not open a window.');
  await dialog.getByRole('link', { name: 'Go on to LinkedIn in this tab' }).click();
  await agree(page, 'LinkedIn', 'Ada Brandt');
  await expect(page).toHaveURL(/\/connect\/conn_/);
  await expect(page.getByRole('heading', { level: 1, name: 'Connect LinkedIn' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Harbour Bakery' })).toBeDisabled();
  await page.getByRole('checkbox', { name: 'Nordlicht Coworking' }).check();
  await page.getByRole('button', { name: 'Add channel' }).click();
  await expect(page).toHaveURL(/\/connections$/);
  await expect(channel(page, 'LinkedIn: Nordlicht Coworking')).toContainText('Active');
});

test('a person who agrees to nothing comes back to words and can begin again', async ({ page }) => {
  await page.getByRole('button', { name: 'Connect another Facebook' }).click();
  const opening = page.waitForEvent('popup');
  await page.getByRole('dialog').getByRole('button', { name: 'Continue to Facebook' }).click();
  const popup = await opening;
  await popup.getByRole('button', { name: 'Ada Brandt' }).click();
  await popup.getByRole('button', { name: 'Cancel' }).click();
  await expect(popup.getByRole('heading')).toHaveText('The sign-in was not finished');
  const alert = page.getByRole('dialog').getByRole('alert');
  await expect(alert).toContainText('Facebook was not connected');
  await expect(alert).toContainText('The network sent you back without its consent');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Continue to Facebook' })).toBeVisible();
});

test('the other accounts of a sign-in are added later without signing in again', async ({ page }) => {
  await channel(page, 'Facebook: Blue Café').getByRole('button', { name: 'More for Blue Café' }).click();
  await page.getByRole('menuitem', { name: 'Add other accounts of this sign-in…' }).click();
  await expect(page).toHaveURL(/\/connect\/conn_/);
  await expect(page.getByRole('heading', { level: 1, name: 'Connect Facebook' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Blue Café' })).toBeDisabled();
  await page.getByRole('checkbox', { name: 'Nordlicht Studio' }).check();
  await page.getByRole('button', { name: 'Add channel' }).click();
  await expect(page).toHaveURL(/\/connections$/);
  await expect(channel(page, 'Facebook: Nordlicht Studio')).toContainText('Active');
});

test('a channel that posts wait for is kept until they are drafts again', async ({ page }) => {
  const card = channel(page, 'Instagram: Blue Café');
  await card.getByRole('button', { name: 'More for Blue Café' }).click();
  await page.getByRole('menuitem', { name: 'Disconnect…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disconnect Blue Café?' });
  await dialog.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(dialog).toContainText('4 posts still wait for this channel');
  await expect(dialog.getByRole('listitem')).toHaveCount(4);
  const waiting = dialog.getByRole('listitem').filter({ hasText: 'From the harbour to the cup.' });
  await expect(waiting).toContainText('Scheduled');
  const address = await waiting.getByRole('link').getAttribute('href');
  await expect(dialog.getByRole('listitem').filter({ hasText: 'Boats at dawn.' })).toContainText('12:00');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await expect(card).toContainText('Active');

  await card.getByRole('button', { name: 'More for Blue Café' }).click();
  await page.getByRole('menuitem', { name: 'Disconnect…' }).click();
  await dialog.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await dialog.getByRole('button', { name: 'Make drafts and disconnect' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Disconnected' })).toBeVisible();
  await expect(card).toContainText('Connect it again to use it.');

  await page.goto(new URL(address ?? '', house.installation.url).href);
  await expect(delivery(page, 'Facebook: Blue Café')).toHaveAttribute('data-state', 'scheduled');
  await expect(delivery(page, 'LinkedIn: Harbour Bakery')).toHaveAttribute('data-state', 'scheduled');
  await expect(delivery(page, 'Instagram: Blue Café')).toHaveCount(0);

  await page.getByRole('link', { name: 'Connections' }).click();
  await card.getByRole('button', { name: 'Reconnect' }).click();
  const opening = page.waitForEvent('popup');
  await page.getByRole('dialog').getByRole('button', { name: 'Continue to Instagram' }).click();
  const popup = await opening;
  const closing = popup.waitForEvent('close');
  await agree(popup, 'Instagram', 'blue.cafe');
  await closing;
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
  await expect(card).toContainText('Active');
  await expect(page.getByRole('heading', { name: 'Disconnected' })).toBeHidden();
});
