/**
 * Holds content against the rules and says what is wrong, where, and what to do: the twin of `core::rules::check`, run while a
 * person writes. The server checks again; the cases of `crates/core/tests/rule_cases.json` bind the two.
 */

import type { AssetFacts, AssetKind, ContentType, Mode, Network, Overrides, Problem } from '../api/types.ts';
import { contentTypes } from '../app/addresses.ts';
import { checkExtras } from './check-extras.ts';
import { checkMedia } from './check-media.ts';
import { checkSettings } from './check-settings.ts';
import { checkWords } from './check-words.ts';
import { overridden, type PostContent } from './content.ts';
import { withHashtags } from './render.ts';
import { cellOf, offerOf, type Rules, shapeOf } from './rules.ts';

export interface CheckChannel {
  network: Network;
  channel_id?: string | null;
  overrides?: Overrides;
  mode?: Mode;
  /** The longest text on this very channel, where it differs from the table. */
  text_max?: number | null;
}

export type Facts = Readonly<Record<string, AssetFacts>>;

export interface CheckInput {
  content: PostContent;
  channels: CheckChannel[];
  assets: Facts;
}

export type Figures = [limit: number, actual: number] | undefined;

/** Where problems are written, for one channel or for the post itself. */
export class Report {
  constructor(
    private readonly problems: Problem[],
    readonly rules: Rules,
    private readonly channel?: CheckChannel,
  ) {}

  error(field: string, code: string, message: string, figures: Figures, remedy: string) {
    this.add('error', field, code, message, figures, remedy);
  }

  warning(field: string, code: string, message: string, figures: Figures, remedy: string) {
    this.add('warning', field, code, message, figures, remedy);
  }

  private add(
    severity: Problem['severity'],
    field: string,
    code: string,
    message: string,
    figures: Figures,
    remedy: string,
  ) {
    const problem: Problem = {
      field,
      network: this.channel?.network ?? null,
      channel_id: this.channel?.channel_id ?? null,
      code,
      severity,
      message,
      limit: figures?.[0] ?? null,
      actual: figures?.[1] ?? null,
      remedy,
    };
    const text = JSON.stringify(problem);
    if (!this.problems.some((known) => JSON.stringify(known) === text)) this.problems.push(problem);
  }
}

export const nameOf = (rules: Rules, network: Network): string =>
  rules.networks.find((row) => row.network === network)?.name ?? network;

/** `a, b or c`. */
export function either(kinds: readonly string[]): string {
  if (kinds.length === 0) return 'another';
  return kinds.length === 1 ? (kinds[0] ?? '') : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;
}

/** Every problem, each once, in the order of the channels. What it does not know, it does not judge. */
export function check(input: CheckInput, rules: Rules): Problem[] {
  const problems: Problem[] = [];
  if (input.channels.length === 0) checkKind(new Report(problems, rules), input.content, input.assets);
  for (const channel of input.channels) {
    const overrides = channel.overrides ?? {};
    const { settings: _, ...otherwise } = overrides;
    const own = Object.values(otherwise).some((value) => value !== undefined && value !== null);
    const content = overridden(input.content, overrides);
    checkKind(own ? new Report(problems, rules, channel) : new Report(problems, rules), content, input.assets);
    checkOnNetwork(new Report(problems, rules, channel), channel, content, input.assets);
  }
  return problems;
}

export const blocks = (problems: readonly Problem[]): boolean =>
  problems.some((problem) => problem.severity === 'error');

function checkOnNetwork(report: Report, channel: CheckChannel, content: PostContent, assets: Facts) {
  const { rules } = report;
  const cell = cellOf(rules, channel.network, content.content_type);
  if (!cell) return;
  if (cell.status === 'not_offered') {
    const name = nameOf(rules, channel.network);
    report.error(
      'content_type',
      'content_type.not_offered',
      cell.reason,
      undefined,
      `Change the type to ${either(fitting(rules, channel.network, content, assets))}, or leave ${name} out.`,
    );
    return;
  }
  checkWords(report, channel, content, cell);
  checkMedia(report, channel.network, content, cell, assets);
  checkExtras(report, channel, content, cell);
  checkSettings(report, channel, content);
}

/** What is asked for, in words. */
const asks: Partial<Record<ContentType, string>> = {
  image: 'one picture',
  carousel: 'two to ten pictures',
  video: 'one video',
  reel: 'one video',
  story: 'one picture or video',
  gif: 'one GIF',
  document: 'one PDF',
};

/** The types that a single file of a kind makes. */
const typesFor: Record<AssetKind, ContentType[]> = {
  image: ['image', 'story'],
  gif: ['gif'],
  video: ['video', 'reel'],
  document: ['document'],
};

function checkKind(report: Report, content: PostContent, assets: Facts) {
  const type = content.content_type;
  if (shapeOf(report.rules, type)) files(report, content, assets);
  else known(report, 'assets', content.assets, assets);
  if (type === 'text' && withHashtags(content.text, content.hashtags).trim() === '') {
    report.error(
      'text',
      'text.required',
      'A text post needs words.',
      undefined,
      'Write something, or change the type.',
    );
  } else if (type === 'link') link(report, content);
  else if (type === 'poll') poll(report, content);
  else if (type === 'thread') thread(report, content, assets);
}

function known(report: Report, field: string, used: PostContent['assets'], assets: Facts) {
  used.forEach((item, index) => {
    if (!assets[item.asset_id]) {
      report.error(
        `${field}.${index}`,
        'assets.unknown',
        'This file is not in the project’s library, or is still being uploaded.',
        undefined,
        'Wait until it is uploaded, or take it out.',
      );
    }
  });
}

function files(report: Report, content: PostContent, assets: Facts) {
  const type = content.content_type;
  const shape = shapeOf(report.rules, type);
  if (!shape) return;
  const wanted = asks[type] ?? 'media';
  const found = content.assets.length;
  if (found < shape.media_min) {
    report.error(
      'assets',
      'assets.required',
      `A post of type ${type} needs ${wanted}.`,
      [shape.media_min, found],
      'Add what is missing, or change the type.',
    );
  }
  if (found > shape.media_max) {
    const pictures = shape.media_max === 1 && shape.kinds.length === 1 && shape.kinds[0] === 'image';
    report.error(
      'assets',
      'assets.too_many',
      `A post of type ${type} takes ${wanted}.`,
      [shape.media_max, found],
      pictures ? 'Take some out, or change the type to carousel.' : 'Take some out.',
    );
  }
  known(report, 'assets', content.assets, assets);
  content.assets.forEach((item, index) => {
    const facts = assets[item.asset_id];
    if (facts && !shape.kinds.includes(facts.kind)) {
      report.error(
        `assets.${index}`,
        'assets.kind',
        `A post of type ${type} takes ${wanted}; this file is of type ${facts.kind}.`,
        undefined,
        `Take it out, or change the type to ${either(typesFor[facts.kind])}.`,
      );
    }
  });
}

function link(report: Report, content: PostContent) {
  const url = content.link?.url.trim() ?? '';
  if (url === '') {
    report.error(
      'link.url',
      'link.required',
      'A link post needs an address.',
      undefined,
      'Enter the address, or change the type.',
    );
  } else if (!isWebAddress(url)) {
    report.error(
      'link.url',
      'link.invalid',
      'This is not an address that starts with http:// or https://.',
      undefined,
      'Enter the whole address, such as https://example.com/page.',
    );
  }
}

export function isWebAddress(url: string): boolean {
  if (/\s/.test(url) || !URL.canParse(url)) return false;
  const parsed = new URL(url);
  return (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.hostname !== '';
}

const pairMin = (rules: Rules, type: ContentType) =>
  rules.content_types.find((item) => item.content_type === type)?.items_min ?? 0;

function poll(report: Report, content: PostContent) {
  const { poll: asked } = content;
  if (!asked) {
    report.error(
      'poll',
      'poll.required',
      'A poll needs a question and options.',
      undefined,
      'Write the poll, or change the type.',
    );
    return;
  }
  if (asked.question.trim() === '' && content.text.trim() === '') {
    report.error('poll.question', 'poll.question_required', 'The poll asks nothing.', undefined, 'Write the question.');
  }
  const min = pairMin(report.rules, 'poll');
  if (asked.options.length < min) {
    report.error(
      'poll.options',
      'poll.options_too_few',
      'A poll needs at least two options.',
      [min, asked.options.length],
      'Add an option.',
    );
  }
  asked.options.forEach((option, index) => {
    if (option.trim() === '')
      report.error(
        `poll.options.${index}`,
        'poll.option_empty',
        'This option is empty.',
        undefined,
        'Write it, or take it out.',
      );
  });
}

function thread(report: Report, content: PostContent, assets: Facts) {
  const min = pairMin(report.rules, 'thread');
  if (content.thread.length < min) {
    report.error(
      'thread',
      'thread.too_few',
      'A thread has at least two parts.',
      [min, content.thread.length],
      'Add a part, or change the type to text.',
    );
  }
  content.thread.forEach((part, index) => {
    const uses = part.assets ?? [];
    if ((part.text ?? '').trim() === '' && uses.length === 0) {
      report.error(
        `thread.${index}.text`,
        'thread.part_empty',
        'This part is empty.',
        undefined,
        'Write it, add media, or take it out.',
      );
    }
    known(report, `thread.${index}.assets`, uses, assets);
  });
}

/** The types that a network takes and that the content's media make, for a remedy; all that it takes if none fits. */
export function fitting(rules: Rules, network: Network, content: PostContent, assets: Facts): ContentType[] {
  const offered = contentTypes.filter((type) => offerOf(rules, network, type));
  const kinds = content.assets.flatMap((item) => assets[item.asset_id]?.kind ?? []);
  const fits = offered.filter((type) => {
    const shape = shapeOf(rules, type);
    return shape
      ? kinds.length >= shape.media_min &&
          kinds.length <= shape.media_max &&
          kinds.every((kind) => shape.kinds.includes(kind))
      : kinds.length === 0 && type === 'text';
  });
  return fits.length > 0 ? fits : offered;
}
