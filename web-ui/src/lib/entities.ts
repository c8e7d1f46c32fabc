/** Addresses, hashtags, mentions and stock symbols in a text, by place in UTF-16 units. Twin of `core::text::entities`. */
export interface Entity {
  kind: 'url' | 'mention' | 'hashtag' | 'cashtag';
  start: number;
  end: number;
  /** An address as it stands; the others without their sign. */
  value: string;
}

const source = [
  '(?<url>https?:\\/\\/[^\\s<>"\\u3000]+)',
  '(?<bare>(?:[a-z0-9](?:[a-z0-9\\-]*[a-z0-9])?\\.)+[a-z]{2,24}(?:\\/[^\\s<>"\\u3000]*)?)',
  '[@＠](?<mention>[a-z0-9_](?:[a-z0-9_.\\-]*[a-z0-9_])?(?:@[a-z0-9](?:[a-z0-9.\\-]*[a-z0-9])?)?)',
  '[#＃](?<tag>[\\p{L}\\p{M}\\p{N}_]+)',
  '\\$(?<cash>[a-z]{1,6})',
].join('|');

const openers: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const times = (text: string, mark: string) => text.split(mark).length - 1;

/** Leaves out punctuation that ends the sentence and not the address; a closing bracket stays if it was opened within. */
function trimmed(address: string): string {
  let url = address;
  for (;;) {
    const last = [...url].at(-1);
    if (last === undefined) return url;
    const opener = openers[last];
    const stray = opener ? times(url, last) > times(url, opener) : ".,;:!?'*…。、，！？»”’".includes(last);
    if (!stray) return url;
    url = url.slice(0, url.length - last.length);
  }
}

export const hasScheme = (value: string): boolean => /^https?:\/\//i.test(value);
export const hrefOf = (value: string): string => (hasScheme(value) ? value : `https://${value}`);

function isBareAddress(value: string, bareEndings: readonly string[]): boolean {
  const labels = (value.split('/')[0] ?? '').toLowerCase().split('.');
  const ending = labels.at(-1) ?? '';
  return (
    bareEndings.includes(ending) ||
    (ending.length === 2 && (labels.length >= 3 || value.includes('/')) && labels.every((label) => label.length > 1))
  );
}

const wordly = /[\p{Alphabetic}\p{N}_]$/u;

function candidate(
  text: string,
  match: RegExpExecArray,
  bareEndings: readonly string[],
): { kind: Entity['kind']; value: string } | undefined {
  const groups = match.groups ?? {};
  const head = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  if (wordly.test(head)) return undefined;
  const before = head.at(-1) ?? '';
  if (groups.url !== undefined) {
    const value = trimmed(groups.url);
    return value.length > 'https://'.length ? { kind: 'url', value } : undefined;
  }
  if (groups.bare !== undefined) {
    const value = trimmed(groups.bare);
    const joined = (before !== '' && '@＠#＃/.-$'.includes(before)) || /^[@_]/.test(after);
    return !joined && isBareAddress(value, bareEndings) ? { kind: 'url', value } : undefined;
  }
  if (groups.mention !== undefined) return before !== '/' ? { kind: 'mention', value: groups.mention } : undefined;
  if (groups.tag !== undefined) {
    const worded = /[^\p{N}]/u.test(groups.tag);
    return worded && before !== '/' && before !== '&' ? { kind: 'hashtag', value: groups.tag } : undefined;
  }
  if (groups.cash !== undefined)
    return /^[\p{Alphabetic}\p{N}_]/u.test(after) ? undefined : { kind: 'cashtag', value: groups.cash };
  return undefined;
}

/** Everything found in a text, in order, without overlaps. `bareEndings` are those of the rules table. */
export function entities(text: string, bareEndings: readonly string[] = []): Entity[] {
  const pattern = new RegExp(source, 'giu');
  const found: Entity[] = [];
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const taken = candidate(text, match, bareEndings);
    const start = match.index;
    if (taken) {
      const end = taken.kind === 'url' ? start + taken.value.length : start + match[0].length;
      found.push({ ...taken, start, end });
      pattern.lastIndex = end;
    } else {
      // A refused sign is stepped over alone, as an address or mention may begin within the match; a refused word whole.
      const whole =
        match.groups?.bare !== undefined || match.groups?.cash !== undefined || match.groups?.url !== undefined;
      pattern.lastIndex = start + (whole ? match[0].length : ([...match[0]][0]?.length ?? 1));
    }
  }
  return found;
}
