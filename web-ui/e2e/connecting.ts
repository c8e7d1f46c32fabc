import { expect, type Page } from '@playwright/test';
import { agree } from './sandbox.ts';

export interface Connecting {
  network: string;
  /** Who signs in on the network's own page; nobody where what is typed is enough. */
  who?: string;
  /** The accounts to tick. */
  accounts: string[];
  /** The way, where there are several. */
  way?: string;
  /** What the dialog wants typed, by its labels. */
  typed?: Record<string, string>;
}

/** Goes on from the open dialog through the network's own window and back. */
export async function throughPopup(page: Page, network: string, who: string): Promise<void> {
  const opening = page.waitForEvent('popup');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Continue to ${network}` })
    .click();
  const popup = await opening;
  const closing = popup.waitForEvent('close');
  await agree(popup, network, who);
  await closing;
}

/** Connects accounts from the Connections screen, as a person does. */
export async function connect(page: Page, { network, who, accounts, way, typed }: Connecting): Promise<void> {
  await page.getByRole('button', { name: `Connect ${network}` }).click();
  const dialog = page.getByRole('dialog', { name: `Connect ${network}` });
  if (way) await dialog.getByRole('radio', { name: way }).check();
  for (const [label, text] of Object.entries(typed ?? {}))
    await dialog.getByRole('textbox', { name: label }).fill(text);
  // What is asked for is named before anything opens.
  await expect(dialog.getByRole('table', { name: 'Permissions' }).getByRole('row').first()).toBeVisible();
  if (who) await throughPopup(page, network, who);
  else await dialog.getByRole('button', { name: 'Sign in' }).click();
  for (const account of accounts) await dialog.getByRole('checkbox', { name: account, exact: true }).check();
  await dialog.getByRole('button', { name: 'Add channel' }).click();
  await expect(dialog).toBeHidden();
  for (const account of accounts)
    await expect(page.getByRole('article', { name: `${network}: ${account}` })).toContainText('Active');
}
