import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fixture } from './fixtures.ts';

const repository = join(import.meta.dirname, '../..');
const binary =
  process.env.POSTRIDER_BIN ?? resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target', 'debug', 'postrider');
const startMs = 20_000;

async function freePort(): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((done) => socket.listen(0, '127.0.0.1', done));
  const { port } = socket.address() as AddressInfo;
  await new Promise((done) => socket.close(done));
  return port;
}

/** A process of ours, and what it said. */
class Running {
  said = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  constructor(args: string[], folder: string) {
    const { PATH, HOME } = process.env;
    this.child = spawn(binary, args, { cwd: folder, env: { PATH, HOME, TZ: 'UTC' } });
    this.ended = new Promise((done) => this.child.once('close', () => done()));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.said += text;
      });
    }
  }

  /** What it says once it is ready. */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    const found = () => this.said.match(pattern);
    return new Promise((done, fail) => {
      const give = (error: string) => fail(new Error(`${binary} ${error}; it said:\n${this.said}`));
      const late = setTimeout(() => give('is not ready in time'), startMs);
      const look = () => {
        const match = found();
        if (!match) return;
        clearTimeout(late);
        done(match);
      };
      this.child.once('error', (error) => give(`cannot be started (${error.message})`));
      this.child.once('close', () => give('ended'));
      this.child.stdout?.on('data', look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }

  /** Waits for its own end, which must be a good one. */
  async done(): Promise<void> {
    await this.ended;
    if (this.child.exitCode !== 0)
      throw new Error(`${binary} ended with ${this.child.exitCode}; it said:\n${this.said}`);
  }
}

/** The page behind a link: what a card is read from. */
async function linkedPage(): Promise<{ server: Server; url: string }> {
  const picture = fixture('harbour.jpg').bytes;
  const server = createServer((request, response) => {
    if (request.url === '/harbour.jpg') {
      response.setHeader('content-type', 'image/jpeg');
      response.end(picture);
      return;
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="en"><head><title>Morning at the harbour</title>
<meta property="og:title" content="Morning at the harbour">
<meta property="og:description" content="Where our beans come ashore.">
<meta property="og:image" content="/harbour.jpg"></head><body>Morning</body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/morning` };
}

interface Beginning {
  /** Settings in place of the defaults, such as `publishing.doubt_percent`. */
  settings?: Record<string, string>;
  /** Nobody is there yet: the server prints a link for the first owner instead of making the demo. */
  empty?: boolean;
}

/** One installation of Postrider, the sandbox beside it, and a page to link to. */
export class Installation {
  private constructor(
    readonly url: string,
    readonly sandboxUrl: string,
    readonly email: string,
    readonly password: string,
    readonly linkUrl: string,
    /** Makes the first owner of an empty installation, once. */
    readonly setupLink: string,
    private readonly parts: {
      processes: [serve: Running, sandbox: Running];
      server: Server;
      folder: string;
      set: string[];
    },
  ) {}

  static async start({ settings = {}, empty = false }: Beginning = {}): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'postrider-e2e-'));
    const [port, sandboxPort] = [await freePort(), await freePort()];
    const { server, url: linkUrl } = await linkedPage();
    const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    const sandbox = new Running(['sandbox', '--listen', `127.0.0.1:${sandboxPort}`, '--processing-ms', '300'], folder);
    const set = Object.entries({
      'server.listen': `127.0.0.1:${port}`,
      'sandbox.url': sandboxUrl,
      'database.url': `sqlite://${folder}/postrider.db`,
      'media.folder': `${folder}/media`,
      'vault.keys_file': `${folder}/vault.keys`,
      'fetch.allow_private': '["127.0.0.1"]',
      ...settings,
    }).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const serve = new Running(['serve', empty ? '--first-owner-link' : '--demo', ...set], folder);
    const parts: Installation['parts'] = { processes: [serve, sandbox], server, folder, set };
    try {
      await sandbox.says(/The sandbox listens/);
      const begun = empty
        ? await serve.says(/Make the first owner .*: (\S+)/)
        : await serve.says(/Sign in as (\S+) with the password (\S+)/);
      await serve.says(/^Postrider: http/m);
      const [, email = '', password = '', setupLink = ''] = empty ? [begun[0], '', '', begun[1]] : begun;
      return new Installation(`http://127.0.0.1:${port}`, sandboxUrl, email, password, linkUrl, setupLink, parts);
    } catch (error) {
      await Installation.end(parts);
      throw error;
    }
  }

  private static async end({ processes, server, folder }: Installation['parts']): Promise<void> {
    server.closeAllConnections();
    server.close();
    for (const running of processes) await running.stop();
    await rm(folder, { recursive: true, force: true });
  }

  /** A command of the installation, such as `backup`, to its end. */
  async command(...args: string[]): Promise<void> {
    await new Running([...args, ...this.parts.set], this.parts.folder).done();
  }

  /** Stops the server, does something meanwhile, and starts it again. */
  async restarted(meanwhile: () => Promise<void>): Promise<void> {
    const { processes, folder, set } = this.parts;
    await processes[0].stop();
    await meanwhile();
    processes[0] = new Running(['serve', ...set], folder);
    await processes[0].says(/^Postrider: http/m);
  }

  async stop(): Promise<void> {
    await Installation.end(this.parts);
  }
}
