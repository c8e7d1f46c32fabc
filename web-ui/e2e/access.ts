import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

type Impact = 'minor' | 'moderate' | 'serious' | 'critical';
const impacts: Impact[] = ['minor', 'moderate', 'serious', 'critical'];

/**
 * What shuts somebody out of the screen or of one part of it, from an impact on: axe's findings, each with its element and its reason.
 * Looked for in the page itself, since it holds no frame of another origin: gathering in a second page takes longer than the look.
 */
export async function shutsOut(page: Page, from: Impact, part?: string): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  if (part) axe.include(part);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impacts.indexOf(impact ?? 'minor') >= impacts.indexOf(from))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, html, any }) =>
        [`${id}: ${target.join(' ')}`, html.slice(0, 160), ...any.map(({ message }) => message)].join('\n  '),
      ),
    );
}
