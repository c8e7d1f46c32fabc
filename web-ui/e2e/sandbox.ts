import { expect, type Page } from '@playwright/test';

export interface SandboxPost {
  id: string;
  type: string;
  text: string;
  state: 'published' | 'draft' | 'scheduled' | 'hidden';
  media: { sha256: string; mime: string; alt: string | null }[];
  link: string | null;
  permalink: string;
}

export interface SandboxAccount {
  network: string;
  id: string;
  name: string;
  handle: string;
  posts: SandboxPost[];
}

async function ask(url: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(
    url,
    body === undefined
      ? undefined
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Everything that stands on an account, by its handle or its name, drafts too. */
export async function standing(sandboxUrl: string, network: string, handle: string): Promise<SandboxPost[]> {
  const { accounts } = (await ask(`${sandboxUrl}/_sandbox/world?network=${network}`)) as { accounts: SandboxAccount[] };
  const account = accounts.find((item) => item.handle === handle || item.name === handle);
  if (!account) throw new Error(`${network} has no account ${handle}`);
  return account.posts;
}

/** What stands on an account for followers to see. */
export async function feed(sandboxUrl: string, network: string, handle: string): Promise<SandboxPost[]> {
  return (await standing(sandboxUrl, network, handle)).filter((post) => post.state === 'published');
}

/** Takes back, as the network would, every token of an account or a whole network. */
export async function revokeTokens(sandboxUrl: string, network: string): Promise<void> {
  const { changed } = (await ask(`${sandboxUrl}/_sandbox/tokens/revoke`, { network })) as { changed: number };
  expect(changed).toBeGreaterThan(0);
}

/** Makes the network lose the next publishing call of a kind: on the way there, or on the way back after it had its effect. */
export async function loseNext(
  sandboxUrl: string,
  network: string,
  what: 'lose_request' | 'lose_answer',
): Promise<void> {
  await ask(`${sandboxUrl}/_sandbox/faults`, { match: { network, commit: true }, action: { do: what } });
}

/** Signs in at the network's own page as one of its people or accounts, and leaves everything ticked. */
export async function agree(popup: Page, network: string, who: string): Promise<void> {
  if (network === 'LinkedIn') {
    await popup.getByRole('radio', { name: who }).check();
    await popup.getByRole('button', { name: 'Allow' }).click();
    return;
  }
  if (['Pinterest', 'TikTok', 'YouTube', 'Google Business Profile'].includes(network)) {
    await popup.getByRole('radio', { name: who }).check();
    await popup.getByRole('button', { name: network === 'Pinterest' ? 'Give access' : 'Continue' }).click();
    return;
  }
  if (network === 'Mastodon' || network === 'X') {
    await popup.getByRole('radio', { name: who }).check();
    await popup.getByRole('button', { name: network === 'X' ? 'Authorize app' : 'Authorize' }).click();
    return;
  }
  await popup.getByRole('button', { name: who }).click();
  await popup.getByRole('button', { name: 'Continue' }).click();
}
