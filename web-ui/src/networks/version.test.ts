import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AssetView } from '../api/types.ts';
import { emptyContent } from '../lib/content.ts';
import { offerOf, type Rules } from '../lib/rules.ts';
import { previewOf } from './version.ts';

const rules: Rules = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../crates/core/tests/rules.json'), 'utf8'),
);
const channel = { name: 'Acme', handle: 'acme' };
const picture = {
  id: 'ast_1',
  kind: 'image',
  name: 'cup.jpg',
  alt_text: 'A cup',
  content_url: '/c',
  thumbnail_url: '/t',
  facts: {},
};
const assets = new Map([['ast_1', picture as unknown as AssetView]]);
const link = {
  ...emptyContent('link'),
  text: 'Look',
  link: { url: 'https://a.example' },
  assets: [{ asset_id: 'ast_1' }],
};
const about = { overrides: {}, mode: 'publish', when: 'Now' } as const;

it('a preview leaves out what the network leaves out, and puts the address where it goes', () => {
  const facebook = previewOf(link, channel, assets, { ...about, offer: offerOf(rules, 'facebook', 'link') });
  expect([facebook.media.length, facebook.text, facebook.link?.url]).toEqual([0, 'Look', 'https://a.example']);
  const instagram = previewOf(link, channel, assets, { ...about, offer: offerOf(rules, 'instagram', 'link') });
  expect([instagram.media.length, instagram.text]).toEqual([1, 'Look\n\nhttps://a.example']);
});

it('a channel’s own words take the place of the shared ones, and alt text falls back to the file’s', () => {
  const image = { ...emptyContent('image'), text: 'Shared', hashtags: ['#a'], assets: [{ asset_id: 'ast_1' }] };
  const shown = previewOf(image, channel, assets, {
    ...about,
    overrides: { text: 'Own' },
    offer: offerOf(rules, 'bluesky', 'image'),
  });
  expect([shown.text, shown.media[0]?.altText]).toEqual(['Own\n\n#a', 'A cup']);
});
