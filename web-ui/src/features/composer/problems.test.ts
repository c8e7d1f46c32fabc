import { expect, it } from 'vitest';
import type { Problem } from '../../api/types.ts';
import { elementFor, merged, ofChannel, toldOnce } from './problems.ts';

const problem = (part: Partial<Problem>): Problem => ({
  field: 'text',
  code: 'text.too_long',
  severity: 'error',
  message: 'm',
  remedy: 'r',
  ...part,
});

it('says each thing once, errors first', () => {
  const own = [problem({ severity: 'warning', code: 'a.b' }), problem({ network: 'x' })];
  const server = [
    problem({ network: 'x', message: 'other words' }),
    problem({ code: 'schedule.past', field: 'schedule' }),
  ];
  expect(merged(own, server).map((found) => found.code)).toEqual(['text.too_long', 'schedule.past', 'a.b']);
});

it('knows where a field stands and whose a problem is', () => {
  expect([elementFor('assets.0.alt_text'), elementFor('text')]).toEqual(['field-assets', 'field-text']);
  const all = [problem({ network: 'x' }), problem({ network: 'x', channel_id: 'chan_2' }), problem({})];
  expect(ofChannel(all, { id: 'chan_1', network: 'x' })).toHaveLength(1);
  expect(ofChannel(all, { id: 'chan_2', network: 'x' })).toHaveLength(2);
});

it('what holds for two channels of a network in the same words is shown once', () => {
  const both = [problem({ network: 'x', channel_id: 'chan_1' }), problem({ network: 'x', channel_id: 'chan_2' })];
  expect(toldOnce([...both, problem({ network: 'threads' })])).toHaveLength(2);
});
