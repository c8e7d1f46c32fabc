/** Which change of type mends a problem. */
import type { ContentType, Problem } from '../../api/types.ts';
import { contentTypes } from '../../app/addresses.ts';
import { type Facts, fitting } from '../../lib/check.ts';
import type { PostContent } from '../../lib/content.ts';
import { offerOf, type Rules, shapeOf } from '../../lib/rules.ts';

const offeredMax = 3;

/** The types to offer beside a problem, best first; none where another type would not help. */
export function switchesFor(
  problem: Problem,
  content: PostContent,
  types: readonly ContentType[],
  facts: Facts,
  rules: Rules,
): ContentType[] {
  const { network } = problem;
  const type = content.content_type;
  const able = (items: readonly ContentType[]) =>
    items
      .filter((item) => item !== type && types.includes(item) && (!network || offerOf(rules, network, item)))
      .slice(0, offeredMax);
  switch (problem.code) {
    case 'content_type.not_offered':
    case 'assets.left_out':
      return network ? able(fitting(rules, network, content, facts)) : [];
    case 'assets.too_many':
      return type === 'image' ? able(['carousel']) : [];
    case 'assets.required':
      if (network) return able(['image', 'carousel', 'reel']);
      if (content.assets.length === 1 && type === 'carousel') return able(['image']);
      return content.assets.length === 0 ? able(['text']) : [];
    case 'assets.kind': {
      const index = Number(problem.field.split('.')[1]);
      const kind = facts[content.assets[index]?.asset_id ?? '']?.kind;
      return contentTypes
        .filter((item) => kind && item !== type && types.includes(item) && shapeOf(rules, item)?.kinds.includes(kind))
        .slice(0, offeredMax);
    }
    case 'text.too_long':
      return type === 'text' ? able(['thread']) : [];
    default:
      return [];
  }
}
