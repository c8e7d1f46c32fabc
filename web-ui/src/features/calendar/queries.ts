import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import type { CalendarEntry } from '../../api/types.ts';
import type { CalendarSearch } from '../../app/addresses.ts';
import { monthRange } from './days.ts';

const pageRows = 200;
const pagesMax = 10;

/** Everything of a month, read page by page; more than the pages hold is told by `more`. */
export function useCalendar(
  projectId: string,
  day: string,
  zone: string,
  filters: Pick<CalendarSearch, 'status' | 'type' | 'channel'>,
) {
  const range = monthRange(day, zone);
  const query = {
    ...range,
    status: filters.status,
    content_type: filters.type,
    channel_id: filters.channel,
    limit: pageRows,
  };
  return useQuery({
    queryKey: ['get', '/api/v1/projects/{id}/calendar', projectId, query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<{ entries: CalendarEntry[]; more: boolean }> => {
      const entries: CalendarEntry[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < pagesMax; page += 1) {
        const { data } = await client.GET('/api/v1/projects/{id}/calendar', {
          params: { path: { id: projectId }, query: { ...query, cursor } },
          signal,
        });
        entries.push(...(data?.items ?? []));
        cursor = data?.next_cursor ?? undefined;
        if (!cursor) return { entries, more: false };
      }
      return { entries, more: true };
    },
  });
}
