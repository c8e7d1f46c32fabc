import { api, queryClient } from '../../api/client.ts';

/** What every network can do, and which of them can be connected here. Changes with a new version of the server only. */
export function useCapabilities() {
  return api.useQuery('get', '/api/v1/capabilities', {}, { staleTime: 3_600_000 });
}

/** The channels of a project. No project comes near the bound of one page. */
export function useChannels(projectId: string) {
  return api.useQuery('get', '/api/v1/projects/{id}/channels', {
    params: { path: { id: projectId }, query: { limit: 200 } },
  });
}

/** Those too that were disconnected, with what is left of them. */
export function useAllChannels(projectId: string) {
  return api.useQuery('get', '/api/v1/projects/{id}/channels', {
    params: { path: { id: projectId }, query: { limit: 200, disconnected: true } },
  });
}

export function refreshChannels() {
  return queryClient.invalidateQueries({
    predicate: (query) => /\/(channels|connections)/.test(String(query.queryKey[1])),
  });
}
