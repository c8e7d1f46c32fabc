import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { client, setCsrfToken } from '../api/client.ts';
import type { Me, Membership, ProjectView } from '../api/types.ts';

export const meQuery = queryOptions({
  queryKey: ['get', '/api/v1/me'],
  queryFn: async ({ signal }): Promise<Me> => {
    const { data } = await client.GET('/api/v1/me', { signal });
    if (!data) throw new Error('The server did not say who is signed in.');
    setCsrfToken(data.csrf_token);
    return data;
  },
  staleTime: 300_000,
});

export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export interface Place {
  project: ProjectView;
  membership: Membership;
}

/** Every project that a person sees, with the membership through which. */
export function placesOf(me: Me): Place[] {
  return me.organizations.flatMap((membership) => membership.projects.map((project) => ({ project, membership })));
}

export type Ability = 'write' | 'publish' | 'connect' | 'manage';

/** Whether a member may do a thing at all; whose post it is, the server says per post. */
export function may(membership: Membership, ability: Ability): boolean {
  const { permissions } = membership;
  switch (ability) {
    case 'write':
      return permissions.social_write ?? false;
    case 'publish':
      return (permissions.social_publish ?? 'none') !== 'none';
    case 'connect':
      return permissions.channels_connect ?? false;
    case 'manage':
      return permissions.organization_manage ?? false;
  }
}

/** The project that the address names. Used below the project's route only. */
export function usePlace(): Place & { me: Me } {
  const me = useMe();
  const { projectId } = useParams({ strict: false });
  const place = placesOf(me).find(({ project }) => project.id === projectId);
  if (!place) throw new Error('This project is not there, or you may not see it.');
  return { ...place, me };
}

const lastProjectKey = 'postrider.project';

export function rememberProject(id: string) {
  try {
    localStorage.setItem(lastProjectKey, id);
  } catch {
    // Without storage the first project is opened next time.
  }
}

/** The project to open first: the one of last time, else the first there is. */
export function firstProject(me: Me): string | undefined {
  const places = placesOf(me);
  let last: string | null = null;
  try {
    last = localStorage.getItem(lastProjectKey);
  } catch {
    // As above.
  }
  return (places.find(({ project }) => project.id === last) ?? places[0])?.project.id;
}
