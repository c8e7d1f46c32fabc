/** How much room is left in a text on each network. */
import type { Network } from '../../api/types.ts';
import type { PostContent } from '../../lib/content.ts';
import { count } from '../../lib/count.ts';
import { rendered } from '../../lib/render.ts';
import { offerOf, type Rules } from '../../lib/rules.ts';

export interface Room {
  network: Network;
  used: number;
  max: number;
  left: number;
}

/** The tightest limit of each network, for the whole text or for one part of a thread. A network without a figure is left out. */
export function roomFor(content: PostContent, networks: readonly Network[], rules: Rules, part?: number): Room[] {
  return [...new Set(networks)].flatMap((network) => {
    const offer = offerOf(rules, network, content.content_type);
    if (!offer?.text.sent) return [];
    const said = rendered(content, offer);
    const text = part === undefined ? said.text : (said.parts[part] ?? '');
    const rooms = offer.text.limits.map((limit) => {
      const used = count(limit.counter, text, rules.counting);
      return { network, used, max: limit.max, left: limit.max - used };
    });
    return rooms.sort((a, b) => a.left / a.max - b.left / b.max).slice(0, 1);
  });
}
