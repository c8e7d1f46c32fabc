/** The settings that only one network has. Twin of `core::rules::check::settings`. */
import { type CheckChannel, isWebAddress, nameOf, type Report } from './check.ts';
import { within } from './check-words.ts';
import type { PostContent } from './content.ts';
import { count } from './count.ts';
import { applies, type Choice, type Setting, settingsOf, type TextLimit } from './rules.ts';

export function checkSettings(report: Report, channel: CheckChannel, content: PostContent) {
  const name = nameOf(report.rules, channel.network);
  const chosen = channel.overrides?.settings ?? {};
  const known = settingsOf(report.rules, channel.network);
  for (const key of Object.keys(chosen)) {
    if (known.some((setting) => setting.key === key)) continue;
    report.error(`settings.${key}`, 'settings.unknown', `${name} has no such setting.`, undefined, 'Take it out.');
  }
  for (const setting of settingsOf(report.rules, channel.network, content.content_type)) {
    const value = chosen[setting.key];
    const said = applies(setting, chosen);
    if (value === undefined || isBlank(setting, value)) {
      if (setting.required && said && channel.mode !== 'draft') missing(report, name, known, setting, chosen);
      continue;
    }
    fits(report, setting, value);
    if (value !== false)
      for (const clash of setting.clashes)
        if (chosen[clash.key] === clash.value) together(report, known, setting, clash);
    if (!said) alone(report, known, setting);
    inOrder(report, known, setting, chosen);
  }
}

type Values = Readonly<Record<string, unknown>>;

/** Words that say nothing are none. */
function isBlank({ kind }: Setting, value: unknown): boolean {
  return (
    (kind === 'text' || kind === 'address' || kind === 'moment') && typeof value === 'string' && value.trim() === ''
  );
}

const labelOf = (known: Setting[], key: string) => known.find((other) => other.key === key)?.label ?? '';

/** The option of the other setting by its name for people. */
function optionOf(known: Setting[], { key, value }: Choice): string {
  const other = known.find((other) => other.key === key);
  const option = other?.kind === 'choice' ? other.options.find((option) => option.value === value) : undefined;
  return option?.label ?? value;
}

function missing(report: Report, name: string, known: Setting[], { key, label, only_with }: Setting, chosen: Values) {
  const choice = only_with.find((choice) => chosen[choice.key] === choice.value);
  const when = choice ? `with ${labelOf(known, choice.key)}: ${optionOf(known, choice)}` : 'on every post';
  report.error(
    `settings.${key}`,
    'settings.required',
    `Choose “${label}”: ${name} wants it ${when}.`,
    undefined,
    `It stands with this channel, under “Only on ${name}”.`,
  );
}

function together(report: Report, known: Setting[], { key, label }: Setting, clash: Choice) {
  report.error(
    `settings.${key}`,
    'settings.not_together',
    `${label} does not go with ${labelOf(known, clash.key)}: ${optionOf(known, clash)}.`,
    undefined,
    'Change one of the two.',
  );
}

function alone(report: Report, known: Setting[], { key, label, only_with }: Setting) {
  const options = only_with.map((choice) => optionOf(known, choice)).join(' or ');
  report.error(
    `settings.${key}`,
    'settings.alone',
    `${label} goes only with ${labelOf(known, only_with[0]?.key ?? '')}: ${options}.`,
    undefined,
    'Choose that, or take it out.',
  );
}

/** Moments that are written alike are in order as their texts are. */
function inOrder(report: Report, known: Setting[], { key, label, not_before: first }: Setting, chosen: Values) {
  if (first === null) return;
  const [at, from] = [chosen[key], chosen[first]];
  if (!isMoment(at) || !isMoment(from) || at >= from) return;
  report.error(
    `settings.${key}`,
    'settings.out_of_order',
    `${label} lies before ${labelOf(known, first)}.`,
    undefined,
    'Change one of the two.',
  );
}

/** `2026-11-23T09:00`, if there is such a day. */
function isMoment(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(value)) return false;
  const at = new Date(`${value}:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

function fits(report: Report, setting: Setting, value: unknown) {
  const { label } = setting;
  const field = `settings.${setting.key}`;
  const invalid = (what: string, remedy: string) => report.error(field, 'settings.invalid', what, undefined, remedy);
  switch (setting.kind) {
    case 'switch':
      if (typeof value !== 'boolean') invalid(`${label} is on or off.`, 'Switch it on or off.');
      break;
    case 'choice':
      if (!setting.options.some((option) => option.value === value))
        invalid(`${label} has no such option.`, 'Choose one of the options.');
      break;
    case 'language':
      if (typeof value !== 'string' || !/^[a-z]{2,3}$/.test(value))
        invalid(`${label} is a code of two or three small letters.`, 'Write it as en, de or pt.');
      break;
    case 'address':
      if (typeof value !== 'string' || !isWebAddress(value.trim()) || !/^https:/i.test(value.trim()))
        invalid(
          `${label} is not an address that starts with https://.`,
          'Enter the whole address, such as https://example.com/page.',
        );
      break;
    case 'moment':
      if (!isMoment(value)) invalid(`${label} is a date and a time of day.`, 'Write it as 2026-11-23T09:00.');
      break;
    case 'text':
      if (typeof value !== 'string') invalid(`${label} takes words.`, 'Write it.');
      else
        for (const limit of setting.limits)
          within(report, value, limit, { field, code: 'settings.too_long', what: label, remedy: 'Shorten it.' });
  }
}

/** How much of a text's limit the settings take that count with it. */
export function countedWithText(report: Report, channel: CheckChannel, content: PostContent, limit: TextLimit): number {
  const chosen = channel.overrides?.settings ?? {};
  return settingsOf(report.rules, channel.network, content.content_type)
    .filter((setting) => setting.kind === 'text' && setting.counts_with_text)
    .map((setting) => chosen[setting.key])
    .reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? count(limit.counter, value, report.rules.counting) : 0),
      0,
    );
}
