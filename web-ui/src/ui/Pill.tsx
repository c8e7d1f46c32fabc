import type { ReactNode } from 'react';
import css from './Pill.module.css';

export type Tone = 'green' | 'red' | 'amber' | 'blue' | 'violet' | 'grey';

/** A small tinted word; the tone carries meaning, the word says it again. */
export function Pill({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={css.pill} data-tone={tone} title={title}>
      {children}
    </span>
  );
}

export function Dot({ tone, label }: { tone: Tone; label?: string }) {
  if (!label) return <span className={css.dot} data-tone={tone} />;
  return <span className={css.dot} data-tone={tone} role="img" aria-label={label} title={label} />;
}
