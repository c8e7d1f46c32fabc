/** What is being written, kept in this browser until the server has it. */
import type { AssetView } from '../../api/types.ts';
import type { Draft } from './draft.ts';

export interface Kept {
  draft: Draft;
  assets: AssetView[];
  /** The version of the stored post that it was begun on. */
  version: number;
  at: string;
}

const keyOf = (projectId: string, postId: string | undefined) => `postrider.writing.${projectId}.${postId ?? 'new'}`;

export function keep(projectId: string, postId: string | undefined, kept: Kept): boolean {
  try {
    localStorage.setItem(keyOf(projectId, postId), JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

export function kept(projectId: string, postId: string | undefined): Kept | undefined {
  try {
    const stored = JSON.parse(localStorage.getItem(keyOf(projectId, postId)) ?? 'null') as Kept | null;
    return stored?.draft?.content && Array.isArray(stored.draft.chosen) ? stored : undefined;
  } catch {
    return undefined;
  }
}

export function forget(projectId: string, postId: string | undefined) {
  try {
    localStorage.removeItem(keyOf(projectId, postId));
  } catch {
    // Nothing was kept then.
  }
}
