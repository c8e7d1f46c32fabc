import type { BlockingDelivery, Problem, ProblemDocument } from './types.ts';

/** An answer that is no success, with what the server said of it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly document: Partial<ProblemDocument>,
  ) {
    super(document.detail || document.title || `The server answered ${status}.`);
    this.name = 'ApiError';
  }

  get code(): string {
    return this.document.code ?? '';
  }
}

export interface Told {
  title: string;
  text: string;
  remedy?: string;
  code: string;
  field?: string;
  problems: Problem[];
  blocking: BlockingDelivery[];
  nextFreeAt?: string;
  /** The delivery whose refusal it is, where an act was for several. */
  deliveryId?: string;
}

/** What to tell a person about anything that was thrown. */
export function explain(error: unknown): Told {
  if (error instanceof ApiError) {
    const { document } = error;
    return {
      title: document.title ?? 'That did not work',
      text: error.message,
      // The time itself is offered as a button, in the zone of whoever reads.
      remedy: document.next_free_at
        ? 'Take the next free time, or choose another.'
        : (document.remedy ?? (error.status >= 500 ? 'Try again in a moment. Nothing was lost.' : undefined)),
      code: error.code,
      field: document.field ?? undefined,
      problems: document.problems ?? [],
      blocking: document.blocking ?? [],
      nextFreeAt: document.next_free_at ?? undefined,
      deliveryId: document.delivery_id ?? undefined,
    };
  }
  if (error instanceof TypeError) {
    return {
      title: 'No connection to Postrider',
      text: 'The server could not be reached.',
      remedy: 'Check your network, then try again.',
      code: 'unreachable',
      problems: [],
      blocking: [],
    };
  }
  return {
    title: 'Something went wrong on this page',
    text: error instanceof Error ? error.message : String(error),
    remedy: 'Load the page again. If it happens again, tell who runs this Postrider.',
    code: 'page',
    problems: [],
    blocking: [],
  };
}

export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof ApiError && error.status === status;
export const hasCode = (error: unknown, code: string): boolean => error instanceof ApiError && error.code === code;
