import { type RefObject, useEffect, useRef } from 'react';

/** For a row of tabs, each named by `data-tab`, that is wider than its place: the one that is open is brought into view. */
export function useTabInView(open: string | undefined): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = list.current;
    const tab = row?.querySelector<HTMLElement>(`[data-tab="${open}"]`);
    if (!row || !tab) return;
    const last = tab.offsetLeft + tab.offsetWidth - row.clientWidth;
    // Sideways alone: the page itself stays where it is.
    row.scrollLeft = Math.max(Math.min(row.scrollLeft, tab.offsetLeft), last);
  }, [open]);
  return list;
}
