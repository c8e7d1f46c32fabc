import { expect, type Page } from '@playwright/test';
import type { Installation } from './installation.ts';

/** Signs the browser in without showing it; the first journey does it by hand. */
export async function signIn(page: Page, { url, email, password }: Installation): Promise<void> {
  const answer = await page.request.post(`${url}/api/v1/session`, { data: { email, password } });
  expect(answer.status()).toBe(200);
}
