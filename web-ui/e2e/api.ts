import type { components } from '../src/api/schema.d.ts';
import type { Fixture } from './fixtures.ts';
import type { Installation } from './installation.ts';

type Schemas = components['schemas'];
export type PostInput = Partial<Schemas['PostInput']> & { content_type: Schemas['ContentType'] };
export type PostView = Schemas['PostView'];
export type AssetView = Schemas['AssetView'];
export type ChannelView = Schemas['ChannelView'];

/** A program that uses the same API as the page, signed in as the demo's owner. */
export class Api {
  private constructor(
    private readonly installation: Installation,
    readonly cookie: string,
    private readonly csrf: string,
    readonly projectId: string,
  ) {}

  static async signIn(installation: Installation): Promise<Api> {
    const { url, email, password } = installation;
    const answer = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const me = (await answer.json()) as Schemas['Me'];
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    const project = me.organizations[0]?.projects[0];
    if (!answer.ok || !project) throw new Error(`signing in: ${answer.status}`);
    return new Api(installation, cookie.join('; '), me.csrf_token, project.id);
  }

  private headers(more: Record<string, string> = {}): Record<string, string> {
    return { cookie: this.cookie, 'x-csrf-token': this.csrf, ...more };
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.installation.url}/api/v1${path}`, {
      method,
      headers: this.headers(body === undefined ? {} : { 'content-type': 'application/json' }),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async upload(file: Fixture, altText = ''): Promise<AssetView> {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const made = await fetch(`${this.installation.url}/api/v1/projects/${this.projectId}/uploads`, {
      method: 'POST',
      headers: this.headers({
        'tus-resumable': '1.0.0',
        'upload-length': String(file.bytes.length),
        'upload-metadata': `filename ${base64(file.name)},filetype ${base64(file.type)}`,
      }),
    });
    const location = made.headers.get('location');
    if (!location) throw new Error(`beginning an upload: ${made.status} ${await made.text()}`);
    const sent = await fetch(new URL(location, this.installation.url), {
      method: 'PATCH',
      headers: this.headers({
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
      }),
      body: new Uint8Array(file.bytes),
    });
    const id = sent.headers.get('postrider-asset');
    if (!id) throw new Error(`sending ${file.name}: ${sent.status} ${await sent.text()}`);
    return this.ask('PATCH', `/assets/${id}`, { alt_text: altText });
  }

  /** Goes through a network's pages as a browser would, and adds the accounts named. */
  async connect(network: string, variant: string, form: Record<string, string>, names: string[]): Promise<void> {
    const begun = await this.ask<Schemas['ConnectionBegun']>(
      'POST',
      `/projects/${this.projectId}/connections/${network}`,
      form.app_password ? { variant, ...form } : { variant },
    );
    if (begun.authorize_url) {
      const first = await fetch(begun.authorize_url);
      const request = /name="request" value="([^"]+)"/.exec(await first.text())?.[1];
      const fields = new URLSearchParams({
        ...form,
        ...(request ? { request: request.replaceAll('&amp;', '&') } : {}),
      });
      const agreed = await fetch(first.url, { method: 'POST', body: fields, redirect: 'manual' });
      const back = agreed.headers.get('location');
      if (!back) throw new Error(`${network} sent nobody back: ${agreed.status} ${await agreed.text()}`);
      await fetch(back, { headers: { cookie: this.cookie }, redirect: 'manual' });
    }
    const found = await this.ask<Schemas['ConnectionView']>('GET', `/connections/${begun.connection_id}`);
    const chosen = found.accounts.filter((account) => names.includes(account.name));
    if (chosen.length !== names.length) throw new Error(`${network} showed ${JSON.stringify(found)}`);
    await this.ask('POST', `/connections/${begun.connection_id}/channels`, {
      external_ids: chosen.map((account) => account.external_id),
    });
  }

  async channels(): Promise<ChannelView[]> {
    return (await this.ask<{ items: ChannelView[] }>('GET', `/projects/${this.projectId}/channels`)).items;
  }

  async post(input: PostInput, act?: 'publish' | 'schedule'): Promise<PostView> {
    const answer = await this.ask<{ post: PostView } | PostView>('POST', `/projects/${this.projectId}/posts`, input);
    const post = 'post' in answer ? answer.post : answer;
    if (act) await this.ask('POST', `/posts/${post.id}/${act}`, {});
    return post;
  }
}
