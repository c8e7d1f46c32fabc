import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContentType, Network, Problem } from '../api/types.ts';
import { type CheckChannel, check, type Facts } from './check.ts';
import { emptyContent, type PostContent } from './content.ts';
import { count } from './count.ts';
import { offerOf, type Rules } from './rules.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../../crates/core/tests', name), 'utf8');
const rules: Rules = JSON.parse(read('rules.json'));

interface Expected {
  field: string;
  network?: Network;
  code: string;
  severity: Problem['severity'];
  limit?: number;
  actual?: number;
  channel_id?: string;
}

interface File {
  cases: {
    name: string;
    content: Partial<PostContent> & { content_type: ContentType };
    channels?: CheckChannel[];
    assets?: Facts;
    problems: Expected[];
  }[];
  text_cases: { network: Network; text: string; count: number }[];
}

// The file folds long texts: {{s*n}} stands for n times s.
const file: File = JSON.parse(
  read('rule_cases.json').replace(/\{\{((?:(?!\}\})[^*])*)\*(\d+)\}\}/gu, (_, unit: string, times: string) =>
    unit.repeat(Number(times)),
  ),
);

const brief = (problem: Expected | Problem) => ({
  field: problem.field,
  network: problem.network ?? null,
  code: problem.code,
  severity: problem.severity,
  limit: problem.limit ?? null,
  actual: problem.actual ?? null,
});
const sorted = (problems: (Expected | Problem)[]) => problems.map((problem) => JSON.stringify(brief(problem))).sort();

describe('the check is the twin of the server’s', () => {
  it.each(file.cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    const found = check(
      {
        content: { ...emptyContent(item.content.content_type), ...item.content },
        channels: item.channels ?? [],
        assets: item.assets ?? {},
      },
      rules,
    );
    expect(sorted(found)).toEqual(sorted(item.problems));
    const named = item.problems.filter((problem) => problem.channel_id);
    expect(
      named.every((problem) =>
        found.some((other) => other.code === problem.code && other.channel_id === problem.channel_id),
      ),
    ).toBe(true);
  });
});

describe('text is counted as each network counts', () => {
  const counterOf = (network: Network) =>
    (network === 'tiktok' ? (['video', 'text', 'image'] as const) : (['text', 'image', 'video'] as const))
      .map((type) => offerOf(rules, network, type))
      .find(Boolean)?.text.limits[0]?.counter;

  it.each(
    file.text_cases.map((item) => [item.network, item.text, item.count] as const),
  )('%s: %j', (network, text, expected) => {
    const counter = counterOf(network);
    expect(counter).toBeDefined();
    if (counter) expect(count(counter, text, rules.counting)).toBe(expected);
  });
});
