// Measures the built page against its budgets (gzip, in kB). Reads the manifest that the build writes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const gzipped = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1000;

function reach(key, seen = new Set()) {
  if (!seen.has(key)) {
    seen.add(key);
    for (const next of manifest[key].imports ?? []) reach(next, seen);
  }
  return seen;
}

const entry = reach('index.html');
const scripts = (keys) => [...keys].map((key) => manifest[key].file);
const styles = (keys) => [...keys].flatMap((key) => manifest[key].css ?? []);
const sum = (files) => [...new Set(files)].reduce((total, file) => total + gzipped(file), 0);
const route = (source) => [...reach(source)].filter((key) => !entry.has(key));

const rows = [
  ['script that index.html loads', sum(scripts(entry)), 200],
  ['styles that index.html loads', sum(styles(entry)), 40],
  ['calendar route', sum(scripts(route('src/features/calendar/CalendarPage.tsx'))), 90],
  ['composer route', sum(scripts(route('src/features/composer/ComposerPage.tsx'))), 90],
];
let over = false;
for (const [name, size, budget] of rows) {
  const fits = size <= budget;
  over ||= !fits;
  console.log(`${fits ? 'ok  ' : 'OVER'} ${name}: ${size.toFixed(1)} kB of ${budget} kB`);
}
process.exitCode = over ? 1 : 0;
