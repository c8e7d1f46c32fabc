import { useMutation } from '@tanstack/react-query';
import { client, idempotencyKey, queryClient } from '../../api/client.ts';
import { readAnew } from '../../api/events.ts';
import type { PostView, Schedule } from '../../api/types.ts';

export function refreshPosts() {
  return readAnew(queryClient, new Set(['post', 'delivery']));
}

export type Act = 'publish' | 'retry' | 'cancel' | 'unschedule';
const actPaths = {
  publish: '/api/v1/posts/{id}/publish',
  retry: '/api/v1/posts/{id}/retry',
  cancel: '/api/v1/posts/{id}/cancel',
  unschedule: '/api/v1/posts/{id}/unschedule',
} as const;

function must<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error('The server sent an empty answer.');
  return answer.data;
}

export async function actOnPost(id: string, act: Act, deliveryIds?: string[]) {
  return must(
    await client.POST(actPaths[act], {
      params: { path: { id }, header: { 'Idempotency-Key': idempotencyKey() } },
      body: { delivery_ids: deliveryIds },
    }),
  );
}

export async function schedulePost(id: string, schedule?: Schedule, deliveryIds?: string[]) {
  return must(
    await client.POST('/api/v1/posts/{id}/schedule', {
      params: { path: { id }, header: { 'Idempotency-Key': idempotencyKey() } },
      body: { schedule, delivery_ids: deliveryIds },
    }),
  );
}

export async function duplicatePost(id: string): Promise<PostView> {
  return must(
    await client.POST('/api/v1/posts/{id}/duplicate', {
      params: { path: { id }, header: { 'Idempotency-Key': idempotencyKey() } },
    }),
  );
}

/** Acts on a post, some of its deliveries or all, and reads anew what changed. */
export function usePostAct(id: string) {
  return useMutation({
    mutationFn: ({ act, deliveryIds }: { act: Act; deliveryIds?: string[] }) => actOnPost(id, act, deliveryIds),
    onSettled: refreshPosts,
  });
}

export function useSchedulePost(id: string) {
  return useMutation({
    mutationFn: ({ schedule, deliveryIds }: { schedule?: Schedule; deliveryIds?: string[] }) =>
      schedulePost(id, schedule, deliveryIds),
    onSettled: refreshPosts,
  });
}

export function useDeletePost(onDeleted?: () => void) {
  return useMutation({
    mutationFn: (id: string) => client.DELETE('/api/v1/posts/{id}', { params: { path: { id } } }),
    onSuccess: onDeleted,
    onSettled: refreshPosts,
  });
}
