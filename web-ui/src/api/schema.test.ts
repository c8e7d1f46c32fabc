import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

it('the types are those of the server’s document; `npm run api` writes them anew', () => {
  const generator = join(root, 'codegen/node_modules/openapi-typescript/bin/cli.js');
  const fresh = execFileSync(process.execPath, [generator, join(root, 'openapi.json')], { encoding: 'utf8' });
  expect(fresh.trim()).toBe(readFileSync(join(import.meta.dirname, 'schema.d.ts'), 'utf8').trim());
}, 60_000);
