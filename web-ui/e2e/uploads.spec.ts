import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { type CDPSession, expect, type Locator, type Page, type Request, test } from '@playwright/test';
import { Api } from './api.ts';
import { chooseType } from './composing.ts';
import { Installation } from './installation.ts';
import { signIn } from './signing.ts';

const name = 'noise.png';
const sidePx = 1024;
/** Bytes per second. Slow: some of it arrives at once, and there is time to act. Crawling: no machine is too busy to act before all of it is there. */
const uploadSpeed = { slow: 300_000, crawling: 60_000, cut: -1, fast: -1 };

let installation: Installation;
let api: Api;
let folder: string;
let picture: Buffer;
let line: CDPSession;

/** A picture that no compression makes small: some megabytes of noise, the same on every run. */
function noise(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const rowBytes = 1 + sidePx * 3;
  const pixels = Buffer.alloc(rowBytes * sidePx);
  for (let seed = 1, at = 0; at < pixels.length; at += 1) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = at % rowBytes === 0 ? 0 : seed >>> 24;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(sidePx, 0);
  head.writeUInt32BE(sidePx, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const none = Buffer.alloc(0);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(pixels)), chunk('IEND', none)]);
}

test.beforeAll(async () => {
  installation = await Installation.start();
  api = await Api.signIn(installation);
  folder = await mkdtemp(join(tmpdir(), 'postrider-upload-'));
  picture = noise();
  await writeFile(join(folder, name), picture);
});

test.afterAll(async () => {
  await installation?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.beforeEach(async ({ page }) => {
  await signIn(page, installation);
  line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await page.goto(`${installation.url}/p/${api.projectId}/compose`);
  await chooseType(page, 'Image');
});

/** Slows what the page sends, cuts it off, or lets it go at full speed again. */
async function network(state: keyof typeof uploadSpeed): Promise<void> {
  await line.send('Network.emulateNetworkConditions', {
    offline: state === 'cut',
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: uploadSpeed[state],
  });
}

const row = (page: Page) => page.getByTestId('upload').filter({ hasText: name });

/** Why nothing can be sent while a file is on its way, at the buttons that show. */
const waits = (page: Page) =>
  page.getByText('Wait until every file is there, or take it away.').filter({ visible: true });

async function choose(page: Page): Promise<Locator> {
  await page.getByLabel('Media: choose files').setInputFiles(join(folder, name));
  return row(page);
}

/** Waits until some of it, but not all, has gone. */
async function underway(page: Page): Promise<void> {
  await expect(row(page)).toContainText(/^noise\.png[1-9].* of 3\.\d MB/);
}

/** The requests that carry bytes, each with where in the file it begins. */
function offsets(page: Page): number[] {
  const seen: number[] = [];
  page.on('request', (request: Request) => {
    if (request.method() === 'PATCH' && request.url().includes('/uploads/'))
      seen.push(Number(request.headers()['upload-offset']));
  });
  return seen;
}

/** How often the file was sent from its first byte on. */
const fromTheStart = (begun: number[]) => begun.filter((at) => at === 0).length;

/** Holds what stands in the library to what was sent, byte by byte. */
async function arrivedWhole(page: Page): Promise<void> {
  await expect(page.getByTestId('media-item')).toHaveCount(1);
  await expect(page.getByTestId('upload')).toHaveCount(0);
  await expect(page.getByTestId('media-item')).toContainText('1024×1024');
  const { items } = await api.ask<{ items: { name: string; content_url: string }[] }>(
    'GET',
    `/projects/${api.projectId}/assets`,
  );
  const kept = items.find((asset) => asset.name === name);
  const answer = await page.request.get(new URL(kept?.content_url ?? '', installation.url).href);
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect(sha256(await answer.body())).toBe(sha256(picture));
}

test('an upload is paused, and goes on where it stood', async ({ page }) => {
  const begun = offsets(page);
  await network('slow');
  const upload = await choose(page);
  await underway(page);
  await expect(waits(page)).toBeVisible();
  await upload.getByRole('button', { name: `Pause ${name}` }).click();
  await expect(upload).toContainText(/Paused at .* of 3\.\d MB/);
  await network('fast');
  await upload.getByRole('button', { name: `Go on with ${name}` }).click();
  await arrivedWhole(page);
  expect(fromTheStart(begun)).toBe(1);
  await expect(waits(page)).toHaveCount(0);
});

const halfSent = (page: Page) => page.getByTestId('half-sent').filter({ hasText: name });

/** Leaves the page while a file is on its way, and comes back to a fast network. */
async function leftHalfSent(page: Page): Promise<void> {
  await network('slow');
  await choose(page);
  await underway(page);
  await page.reload();
  await network('fast');
  await expect(halfSent(page)).toContainText(/noise\.png: [1-9].* of 3\.\d MB arrived/);
}

test('a page that is loaded anew says what was sent of a file, and goes on from there', async ({ page }) => {
  await leftHalfSent(page);
  const begun = offsets(page);
  const again = page.waitForEvent('filechooser');
  await halfSent(page)
    .getByRole('button', { name: `Choose ${name} again` })
    .click();
  const chooser = await again;
  await chooser.setFiles({ name: 'other.png', mimeType: 'image/png', buffer: Buffer.from('Another file') });
  await expect(halfSent(page).getByRole('alert')).toContainText('other.png is another file.');
  await chooser.setFiles(join(folder, name));
  await expect(page.getByRole('radio', { name: 'Image', exact: true })).toBeChecked();
  await arrivedWhole(page);
  await expect(halfSent(page)).toHaveCount(0);
  expect(fromTheStart(begun)).toBe(0);
});

test('what was sent of a file is forgotten when a person says so', async ({ page }) => {
  await leftHalfSent(page);
  const ended = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
  await halfSent(page)
    .getByRole('button', { name: `Forget ${name}` })
    .click();
  expect((await ended).status()).toBe(204);
  await expect(halfSent(page)).toHaveCount(0);
  await chooseType(page, 'Image');
  const begun = offsets(page);
  await choose(page);
  await arrivedWhole(page);
  expect(fromTheStart(begun)).toBe(1);
});

test('a file that one tab sends is offered to another only once that tab is gone', async ({ page, context }) => {
  await network('crawling');
  await choose(page);
  await underway(page);
  const other = await context.newPage();
  const listed = other.waitForResponse((answer) => answer.url().includes('/channels'));
  await other.goto(page.url());
  await listed;
  await expect(other.getByRole('heading', { name: 'New post' })).toBeVisible();
  await expect(halfSent(other)).toHaveCount(0);
  await page.close();
  await expect(halfSent(other)).toContainText(/ of 3\.\d MB arrived/);
});

test('a network that is cut in the middle is waited for, and the upload goes on by itself', async ({ page }) => {
  const begun = offsets(page);
  await network('crawling');
  const upload = await choose(page);
  await underway(page);
  await network('cut');
  await expect(upload).toContainText('Waits for the network');
  await network('fast');
  await arrivedWhole(page);
  expect(fromTheStart(begun)).toBe(1);
});

test('a look at one channel stops no upload, and what is taken away is gone', async ({ page }) => {
  await network('crawling');
  const upload = await choose(page);
  await underway(page);
  await chooseType(page, 'Text');
  await expect(upload).toBeHidden();
  await chooseType(page, 'Image');
  await expect(upload).toContainText(/ of 3\.\d MB/);
  await upload.getByRole('button', { name: `Take ${name} away` }).click();
  await expect(upload).toHaveCount(0);
  await expect(page.getByTestId('media-item')).toHaveCount(0);
});
