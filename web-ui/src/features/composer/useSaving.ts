import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { client, etagOf, idempotencyKey } from '../../api/client.ts';
import { hasStatus } from '../../api/errors.ts';
import type { PostInput, PostView, Problem } from '../../api/types.ts';
import { actOnPost, refreshPosts, schedulePost } from '../posts/queries.ts';

export type Ending = 'save' | 'schedule' | 'publish';

interface Stored {
  id: string;
  version: number;
}

function must(post: PostView | undefined): PostView {
  if (!post) throw new Error('The server sent no post.');
  return post;
}

/** Stores the post as it is written. One key per text makes a second click store nothing twice. */
async function store(projectId: string, stored: Stored | undefined, body: PostInput, key: string): Promise<PostView> {
  if (!stored) {
    const { data } = await client.POST('/api/v1/projects/{id}/posts', {
      params: { path: { id: projectId }, header: { 'Idempotency-Key': key } },
      body,
    });
    return must(data);
  }
  const { data } = await client.PATCH('/api/v1/posts/{id}', {
    params: { path: { id: stored.id }, header: { 'If-Match': etagOf(stored.version) } },
    body,
  });
  return must(data);
}

/** Save draft, Schedule and Publish now: each stores first, then acts on what was stored. */
export function useSaving(
  projectId: string,
  stored: Stored | undefined,
  body: PostInput,
  onSaved: (post: PostView) => void,
) {
  const [outcome, setOutcome] = useState<{ post: PostView; warnings: Problem[] }>();
  const keys = useRef({ body: '', key: '' });
  const act = useMutation({
    mutationFn: async ({ ending, over }: { ending: Ending; over?: boolean }) => {
      const text = JSON.stringify(body);
      if (keys.current.body !== text) keys.current = { body: text, key: idempotencyKey() };
      let base = stored;
      if (over && stored) {
        const { data } = await client.GET('/api/v1/posts/{id}', { params: { path: { id: stored.id } } });
        base = { id: stored.id, version: must(data).version };
      }
      const post = await store(projectId, base, body, keys.current.key);
      onSaved(post);
      if (ending === 'save') return undefined;
      return ending === 'schedule' ? schedulePost(post.id) : actOnPost(post.id, 'publish');
    },
    onSuccess: (answer) => {
      if (answer) setOutcome({ post: answer.post, warnings: answer.warnings });
    },
    onSettled: refreshPosts,
  });
  return { ...act, outcome, conflict: hasStatus(act.error, 412) };
}
