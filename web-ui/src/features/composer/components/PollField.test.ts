import { expect, it } from 'vitest';
import type { PollRule } from '../../../lib/rules.ts';
import { commonDurations } from './PollField.tsx';

const rule = (part: Partial<PollRule>) =>
  ({ durations: [], duration_min: null, duration_max: null, ...part }) as unknown as PollRule;

it('offers only the durations that every chosen network takes', () => {
  const days = rule({ durations: [1440, 4320, 10080, 20160] });
  const week = rule({ duration_min: { value: 5, unit: 'minutes' }, duration_max: { value: 10080, unit: 'minutes' } });
  expect(commonDurations([days])).toEqual([1440, 4320, 10080, 20160]);
  expect(commonDurations([days, week])).toEqual([1440, 4320, 10080]);
  expect(commonDurations([]).length).toBeGreaterThan(5);
});
