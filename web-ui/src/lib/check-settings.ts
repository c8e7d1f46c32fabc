/** The settings that only one network has. Twin of `core::rules::check::settings`. */
import { type CheckChannel, nameOf, type Report } from './check.ts';
import { within } from './check-words.ts';
import type { PostContent } from './content.ts';
import { count } from './count.ts';
import { type Setting, settingsOf, type TextLimit } from './rules.ts';

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
    if (value === undefined) {
      if (setting.required && channel.mode !== 'draft') missing(report, name, setting);
      continue;
    }
    fits(report, setting, value);
    if (value !== false)
      for (const clash of setting.clashes)
        if (chosen[clash.key] === clash.value) together(report, known, setting, clash);
  }
}

function missing(report: Report, name: string, { key, label }: Setting) {
  report.error(
    `settings.${key}`,
    'settings.required',
    `Choose “${label}”: ${name} wants it on every post.`,
    undefined,
    `It stands with this channel, under “Only on ${name}”.`,
  );
}

function together(report: Report, known: Setting[], setting: Setting, clash: Setting['clashes'][number]) {
  const other = known.find((other) => other.key === clash.key);
  if (!other) return;
  const option = other.kind === 'choice' && other.options.find((option) => option.value === clash.value);
  report.error(
    `settings.${setting.key}`,
    'settings.not_together',
    `${setting.label} does not go with ${other.label}: ${option ? option.label : clash.value}.`,
    undefined,
    'Change one of the two.',
  );
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
