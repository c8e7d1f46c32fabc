import type { ReactNode } from 'react';

export interface Ask {
  title: string;
  body: ReactNode;
  action: string;
  /** Whether something is lost by it; so unless said otherwise. */
  danger?: boolean;
  onConfirm: () => void;
}

let asked: Ask | undefined;
const listeners = new Set<() => void>();

/** Asks before something that cannot be taken back. */
export function confirm(ask: Ask) {
  set(ask);
}

export function set(ask: Ask | undefined) {
  asked = ask;
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const current = (): Ask | undefined => asked;
