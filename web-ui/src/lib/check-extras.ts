/** Link, poll, first comment and drafts. Twin of `core::rules::check::extras`. */
import type { Link, Poll } from '../api/types.ts';
import { type CheckChannel, nameOf, type Report } from './check.ts';
import { countedWithText } from './check-settings.ts';
import { within } from './check-words.ts';
import type { PostContent } from './content.ts';
import type { LinkRule, Offer, PollRule } from './rules.ts';

export function checkExtras(report: Report, channel: CheckChannel, content: PostContent, offer: Offer) {
  const name = nameOf(report.rules, channel.network);
  if (content.content_type === 'link' && offer.link && content.link && content.link.url.trim() !== '')
    checkLink(report, name, content.link, offer.link);
  if (content.content_type === 'poll' && offer.poll && content.poll) checkPoll(report, name, content.poll, offer.poll);
  firstComment(report, channel, content, offer);
  if (channel.mode === 'draft' && !offer.draft_api) {
    report.warning(
      'mode',
      'mode.ready_to_post',
      `${name}’s API keeps no drafts of this type.`,
      undefined,
      'At its time you get a reminder with everything to hand, and post it yourself.',
    );
  }
}

function checkLink(report: Report, name: string, link: Link, rule: LinkRule) {
  for (const limit of rule.url) {
    within(report, link.url.trim(), limit, {
      field: 'link.url',
      code: 'link.too_long',
      what: `${name}’s link`,
      remedy: 'Use a shorter address.',
    });
  }
  const title = link.title ?? '';
  if (rule.title_required && title.trim() === '') {
    report.error(
      'link.title',
      'link.title_required',
      `${name} reads no page itself: the card needs a title.`,
      undefined,
      'Write the card’s title.',
    );
  }
  for (const limit of rule.title) {
    within(report, title, limit, {
      field: 'link.title',
      code: 'link.title_too_long',
      what: `${name}’s card title`,
      remedy: 'Shorten it.',
    });
  }
  for (const limit of rule.description) {
    within(report, link.description ?? '', limit, {
      field: 'link.description',
      code: 'link.description_too_long',
      what: `${name}’s card description`,
      remedy: 'Shorten it.',
    });
  }
  if (!rule.tappable) {
    report.warning(
      'link.url',
      'link.not_tappable',
      `On ${name} the address stands in the caption and cannot be tapped.`,
      undefined,
      'Nothing to do, if that is meant.',
    );
  }
}

function checkPoll(report: Report, name: string, poll: Poll, rule: PollRule) {
  if (rule.question) {
    if (poll.question.trim() === '')
      report.error(
        'poll.question',
        'poll.question_required',
        `${name} asks for the poll’s question.`,
        undefined,
        'Write the question.',
      );
    for (const limit of rule.question) {
      within(report, poll.question, limit, {
        field: 'poll.question',
        code: 'poll.question_too_long',
        what: `${name}’s poll question`,
        remedy: 'Shorten it.',
      });
    }
  }
  const options = poll.options.length;
  const max = rule.options_max.value;
  if (options > max) {
    report.error(
      'poll.options',
      'poll.options_too_many',
      `${name} takes ${max} options; these are ${options}.`,
      [max, options],
      `Take ${options - max} out.`,
    );
  }
  poll.options.forEach((option, index) => {
    for (const limit of rule.option) {
      within(report, option, limit, {
        field: `poll.options.${index}`,
        code: 'poll.option_too_long',
        what: `${name}’s poll option`,
        remedy: 'Shorten it.',
      });
    }
  });
  duration(report, name, poll, rule);
}

function duration(report: Report, name: string, poll: Poll, rule: PollRule) {
  const field = 'poll.duration_minutes';
  const minutes = poll.duration_minutes;
  if (rule.durations.length > 0) {
    if (!rule.durations.includes(minutes)) {
      const days = rule.durations.map((item) => Math.trunc(item / 1440)).join(', ');
      report.error(
        field,
        'poll.duration_not_offered',
        `${name}’s polls last ${days} days.`,
        undefined,
        'Choose one of these.',
      );
    }
    return;
  }
  if (rule.duration_min && minutes < rule.duration_min.value) {
    report.error(
      field,
      'poll.too_short',
      `${name}’s polls last at least ${rule.duration_min.value} minutes.`,
      [rule.duration_min.value, minutes],
      'Give it more time.',
    );
  }
  if (rule.duration_max && minutes > rule.duration_max.value) {
    report.error(
      field,
      'poll.too_long',
      `${name}’s polls last at most ${rule.duration_max.value} minutes.`,
      [rule.duration_max.value, minutes],
      'Give it less time.',
    );
  }
}

function firstComment(report: Report, channel: CheckChannel, content: PostContent, offer: Offer) {
  if (content.first_comment.trim() === '') return;
  const name = nameOf(report.rules, channel.network);
  if (offer.first_comment === null) {
    report.warning(
      'first_comment',
      'first_comment.left_out',
      `${name} takes no first comment here: yours is left out.`,
      undefined,
      'Put it into the text if it matters there.',
    );
    return;
  }
  offer.first_comment.forEach((limit, index) => {
    // A comment that is a post of its own has a post's bounds: the server's own, and what the settings say beside it.
    const text = offer.text.limits[index];
    const isAPost = text !== undefined && text.max === limit.max && text.counter === limit.counter;
    const most = (isAPost && index === 0 ? channel.text_max : undefined) ?? limit.max;
    const taken = isAPost ? countedWithText(report, channel, content, limit) : 0;
    within(report, content.first_comment, limit, {
      field: 'first_comment',
      code: 'first_comment.too_long',
      what: `${name}’s comment`,
      remedy: 'Shorten it.',
      ownMax: Math.max(most - taken, 0),
    });
  });
}
