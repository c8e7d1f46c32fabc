import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** Files to upload that other tests keep as well. */
const elsewhere: Record<string, string> = {
  'upright.mp4': 'crates/testkit/fixtures/upright.mp4',
  'pages.pdf': 'crates/services/tests/fixtures/pages.pdf',
};
const types: Record<string, string> = { jpg: 'image/jpeg', mp4: 'video/mp4', pdf: 'application/pdf' };

export interface Fixture {
  name: string;
  type: string;
  bytes: Buffer;
  sha256: string;
}

export function fixture(name: string): Fixture {
  const path = elsewhere[name];
  const bytes = readFileSync(path ? join(repository, path) : join(import.meta.dirname, 'fixtures', name));
  const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  return { name: basename(name), type, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
