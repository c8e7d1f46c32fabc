import { beforeEach, expect, it } from 'vitest';
import { emptyDraft } from './draft.ts';
import { forget, keep, kept } from './storage.ts';

beforeEach(() => localStorage.clear());

it('keeps what is written per project and post until it is forgotten', () => {
  const entry = { draft: emptyDraft('UTC'), assets: [], version: 3, at: '2026-11-24T08:30:00Z' };
  expect(keep('proj_1', undefined, entry)).toBe(true);
  expect(kept('proj_1', undefined)).toEqual(entry);
  expect(kept('proj_1', 'post_1')).toBeUndefined();
  forget('proj_1', undefined);
  expect(kept('proj_1', undefined)).toBeUndefined();
});

it('passes over what it cannot read', () => {
  localStorage.setItem('postrider.writing.proj_1.new', '{"draft":7');
  expect(kept('proj_1', undefined)).toBeUndefined();
  localStorage.setItem('postrider.writing.proj_1.new', '{"draft":{}}');
  expect(kept('proj_1', undefined)).toBeUndefined();
});
