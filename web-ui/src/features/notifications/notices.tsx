import { useNavigate } from '@tanstack/react-router';
import { api, queryClient } from '../../api/client.ts';
import type { Me, NotificationView } from '../../api/types.ts';
import { placesOf } from '../../app/session.tsx';
import type { Tone } from '../../ui/Pill.tsx';

interface Subject {
  post_id?: string;
  delivery_id?: string;
  channel_id?: string;
  project_id?: string;
}

export const refreshNotices = () =>
  queryClient.invalidateQueries({
    predicate: (query) => String(query.queryKey[1]).startsWith('/api/v1/notifications'),
  });

/** How a kind of notice is coloured: red asks for an act, amber for attention. */
export function noticeTone(kind: string): Tone {
  if (/failed|expired|revoked|halted|overdue|held/.test(kind)) return 'red';
  if (/missed|in_doubt|deferred|expiring|missing/.test(kind)) return 'amber';
  if (/ready/.test(kind)) return 'violet';
  if (/published/.test(kind)) return 'green';
  return 'blue';
}

/** Opens what a notice is about, and marks it read. */
export function useOpenNotice(me: Me) {
  const navigate = useNavigate();
  const change = api.useMutation('patch', '/api/v1/notifications/{id}', { onSuccess: refreshNotices });
  return (notice: NotificationView) => {
    if (!notice.read_at) change.mutate({ params: { path: { id: notice.id } }, body: { read: true } });
    const subject = (notice.subject ?? {}) as Subject;
    const places = placesOf(me).filter(({ membership }) => membership.organization.id === notice.organization_id);
    const projectId = subject.project_id ?? (places.length === 1 ? places[0]?.project.id : undefined);
    if (!projectId) return;
    if (subject.post_id)
      void navigate({
        to: '/p/$projectId/posts/$postId',
        params: { projectId, postId: subject.post_id },
        search: { delivery: subject.delivery_id },
      });
    else if (subject.channel_id)
      void navigate({ to: '/p/$projectId/connections', params: { projectId }, hash: subject.channel_id });
  };
}

export function useReadAll() {
  return api.useMutation('post', '/api/v1/notifications/read-all', { onSuccess: refreshNotices });
}
