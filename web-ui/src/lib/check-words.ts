/** Text, title and what is counted in them. Twin of `core::rules::check::words`. */
import type { Network } from '../api/types.ts';
import { type CheckChannel, nameOf, type Report } from './check.ts';
import { countedWithText } from './check-settings.ts';
import type { PostContent } from './content.ts';
import { count, noun } from './count.ts';
import { entities, hrefOf } from './entities.ts';
import { rendered } from './render.ts';
import { type EntityKind, type Offer, offerOf, type TextLimit } from './rules.ts';

export function checkWords(report: Report, channel: CheckChannel, content: PostContent, offer: Offer) {
  const name = nameOf(report.rules, channel.network);
  const text = rendered(content, offer);
  if (!offer.text.sent) {
    if (content.text.trim() !== '' || content.hashtags.length > 0) {
      report.warning(
        'text',
        'text.left_out',
        `${name} sends no text with a ${content.content_type}: yours is left out.`,
        undefined,
        'Put the words into the picture, or change the type.',
      );
    }
  } else if (content.content_type === 'thread') {
    text.parts.forEach((part, index) => {
      body(report, channel, `thread.${index}.text`, part, offer, content);
    });
  } else {
    body(report, channel, 'text', text.text, offer, content);
  }
  title(report, channel.network, content, offer);
}

export interface Within {
  field: string;
  code: string;
  what: string;
  remedy: string;
  ownMax?: number | null;
}

/** Whether one limit is kept, written down if not. */
export function within(
  report: Report,
  text: string,
  limit: TextLimit,
  { field, code, what, remedy, ownMax }: Within,
): boolean {
  const max = ownMax ?? limit.max;
  const actual = count(limit.counter, text, report.rules.counting);
  if (actual <= max) return true;
  report.error(field, code, `${what} takes ${max} ${noun(limit.counter)}; this has ${actual}.`, [max, actual], remedy);
  return false;
}

const tooMany: Record<EntityKind, [code: string, noun: string]> = {
  hashtags: ['text.too_many_hashtags', 'hashtags'],
  mentions: ['text.too_many_mentions', 'mentions'],
  links: ['text.too_many_links', 'different addresses'],
  cashtags: ['text.too_many_cashtags', 'stock symbols'],
};

function body(report: Report, channel: CheckChannel, field: string, text: string, offer: Offer, content: PostContent) {
  const { rules } = report;
  const name = nameOf(rules, channel.network);
  const orThread =
    content.content_type === 'text' && offerOf(rules, channel.network, 'thread')
      ? ', or change the type to thread'
      : '';
  offer.text.limits.forEach((limit, index) => {
    const taken = countedWithText(report, channel, content, limit);
    within(report, text, limit, {
      field,
      code: 'text.too_long',
      what: `${name}’s text${taken > 0 ? ' beside what its settings say' : ''}`,
      remedy: `Shorten it, or write a shorter text for ${name} alone${orThread}.`,
      ownMax: Math.max(0, ((index === 0 ? channel.text_max : undefined) ?? limit.max) - taken),
    });
  });
  for (const { entity, max } of offer.text.entities) {
    const found = countEntities(entity, text, rules.counting.bare_endings);
    if (found > max.value) {
      const [code, things] = tooMany[entity];
      report.error(
        field,
        code,
        `${name} takes ${max.value} ${things}; this has ${found}.`,
        [max.value, found],
        `Take ${found - max.value} out, or write another text for ${name} alone.`,
      );
    }
  }
  forbidden(report, field, 'text.forbidden_character', text, offer.text.forbidden, name);
}

function countEntities(entity: EntityKind, text: string, bareEndings: readonly string[]): number {
  const found = entities(text, bareEndings);
  switch (entity) {
    case 'hashtags':
      return found.filter(({ kind }) => kind === 'hashtag').length;
    case 'mentions':
      return found.filter(({ kind }) => kind === 'mention').length;
    case 'cashtags':
      return found.filter(({ kind }) => kind === 'cashtag').length;
    case 'links':
      return new Set(found.filter(({ kind }) => kind === 'url').map(({ value }) => hrefOf(value))).size;
  }
}

function forbidden(report: Report, field: string, code: string, text: string, marks: string, name: string) {
  const bad = [...text].find((mark) => marks.includes(mark));
  if (bad)
    report.error(
      field,
      code,
      `${name} takes no “${bad}” here.`,
      undefined,
      `Take it out, or write it otherwise for ${name} alone.`,
    );
}

function title(report: Report, network: Network, content: PostContent, offer: Offer) {
  const rule = offer.title;
  if (!rule) return;
  const name = nameOf(report.rules, network);
  const text = content.title.trim();
  if (text === '') {
    if (rule.required)
      report.error('title', 'title.required', `${name} asks for a title.`, undefined, 'Write a title.');
    return;
  }
  for (const limit of rule.limits) {
    within(report, text, limit, {
      field: 'title',
      code: 'title.too_long',
      what: `${name}’s title`,
      remedy: `Shorten it, or write a shorter title for ${name} alone.`,
    });
  }
  forbidden(report, 'title', 'title.forbidden_character', text, rule.forbidden, name);
}
