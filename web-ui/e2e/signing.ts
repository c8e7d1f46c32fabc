import { expect, type Page } from '@playwright/test';
import type { Installation } from './installation.ts';

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

/** One session for all tests of an installation: it takes only so many sign-ins at once. */
const sessions = new WeakMap<Installation, Cookies>();

/** Signs the browser in without showing it; the first journey does it by hand. */
export async function signIn(page: Page, installation: Installation): Promise<void> {
  const known = sessions.get(installation);
  if (known) {
    await page.context().addCookies(known);
    return;
  }
  const { url, email, password } = installation;
  const answer = await page.request.post(`${url}/api/v1/session`, { data: { email, password } });
  expect(answer.status()).toBe(200);
  sessions.set(installation, await page.context().cookies(url));
}
