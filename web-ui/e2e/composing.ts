import { expect, type Locator, type Page } from '@playwright/test';
import { fixture } from './fixtures.ts';

/** Drops files on a field as from the desktop. */
export async function drop(field: Locator, names: string[]): Promise<void> {
  const files = names.map(fixture).map(({ name, type, bytes }) => ({ name, type, base64: bytes.toString('base64') }));
  const carried = await field.page().evaluateHandle((dropped) => {
    const transfer = new DataTransfer();
    for (const { name, type, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
  }, files);
  for (const event of ['dragenter', 'dragover', 'drop']) await field.dispatchEvent(event, { dataTransfer: carried });
}

export interface Writing {
  type: string;
  channels: string[];
  text?: string;
  hashtags?: string;
  /** Names of files, with what they show where a person describes them. */
  files?: Record<string, string>;
  link?: string;
  title?: string;
  at?: Date;
}

export function channelChoice(page: Page, name: string): Locator {
  return page.getByRole('checkbox', { name, exact: true });
}

/** Chooses a type as people do: by its words, since the control behind them is not seen. */
export async function chooseType(page: Page, type: string): Promise<void> {
  const types = page.getByRole('group', { name: 'Content type' });
  await types.getByText(type, { exact: true }).click();
  await expect(types.getByRole('radio', { name: type, exact: true })).toBeChecked();
}

export async function chooseChannel(page: Page, name: string): Promise<void> {
  const choice = channelChoice(page, name);
  // A restored draft may have chosen it already, and may come a moment after the screen.
  await expect(async () => {
    if (!(await choice.isChecked())) await page.locator('label').filter({ has: choice }).click();
    await expect(choice).toBeChecked({ timeout: 1_000 });
  }).toPass();
}

/** Fills in the composer, from the screen that is open. */
export async function write(page: Page, writing: Writing): Promise<void> {
  const again = page.getByRole('button', { name: 'Write another' });
  if (await again.isVisible()) await again.click();
  else await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'New post' }).click();
  await expect(page.getByRole('heading', { name: 'New post' })).toBeVisible();

  await chooseType(page, writing.type);
  for (const channel of writing.channels) await chooseChannel(page, channel);
  if (writing.text) await page.getByRole('textbox', { name: /^(Text|Caption)$/ }).fill(writing.text);
  if (writing.link) {
    await page.getByRole('textbox', { name: 'Link', exact: true }).fill(writing.link);
    await page.getByRole('button', { name: 'Read the card', exact: true }).click();
  }
  const names = Object.keys(writing.files ?? {});
  if (names.length > 0) {
    await drop(page.getByLabel('Media: drop files here'), names);
    await expect(page.getByTestId('media-item')).toHaveCount(names.length);
    await expect(page.getByTestId('upload')).toHaveCount(0);
  }
  for (const [name, described] of Object.entries(writing.files ?? {})) {
    if (described === '') continue;
    await page.getByRole('button', { name: `Alt text of ${name}` }).click();
    await page.getByRole('textbox', { name: 'Alt text' }).fill(described);
    await page.keyboard.press('Escape');
  }
  if (writing.hashtags) await page.getByRole('textbox', { name: 'Hashtags' }).fill(writing.hashtags);
  if (writing.title) await page.getByRole('textbox', { name: 'Title', exact: true }).fill(writing.title);
  if (writing.at) {
    const [day = '', time = ''] = writing.at.toISOString().slice(0, 19).split('T');
    await page.getByLabel('Date', { exact: true }).fill(day);
    await page.getByLabel('Time', { exact: true }).fill(time);
  }
}

export function deliveries(page: Page): Locator {
  return page.getByTestId('delivery');
}

export function delivery(page: Page, channel: string): Locator {
  return page.getByRole('article', { name: channel, exact: true });
}

/** Waits until every channel has it, each with the address where it stands. */
export async function allPublished(page: Page, channels: string[]): Promise<void> {
  await expect(deliveries(page)).toHaveCount(channels.length);
  for (const channel of channels) {
    const card = delivery(page, channel);
    await expect(card).toHaveAttribute('data-state', 'published', { timeout: 25_000 });
    await expect(card.getByRole('link', { name: /^Open on / })).toHaveAttribute('href', /^https:\/\//);
  }
}

export async function publishNow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Publish now' }).click();
  await expect(page.getByTestId('outcome')).toBeVisible();
}
