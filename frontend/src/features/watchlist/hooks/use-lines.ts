import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useMemo } from 'react';
import type { Density } from '@/features/watchlist/hooks/use-watch-view';
import type { Line } from '@/features/watchlist/model/lines';

const HEIGHTS: Record<Density | 'phone', Record<Line['kind'], number>> = {
  compact: { row: 28, group: 26, gap: 28 },
  comfortable: { row: 42, group: 28, gap: 28 },
  phone: { row: 52, group: 44, gap: 44 },
};

/** The window of a list that is rendered. Heights are known beforehand: nothing is measured, nothing jumps. */
export function useLines(
  lines: readonly Line[],
  size: Density | 'phone',
  scroller: RefObject<HTMLElement | null>,
) {
  const heights = HEIGHTS[size];
  const tops = useMemo(() => {
    let top = 0;
    return lines.map(({ kind }) => {
      top += heights[kind];
      return top - heights[kind];
    });
  }, [lines, heights]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => lines[at]?.key ?? at,
    estimateSize: (at) => heights[lines[at]?.kind ?? 'row'],
    overscan: 8,
  });
  // Kinds of lines and their heights change in place: what the virtualizer has measured is out of date then.
  // biome-ignore lint/correctness/useExhaustiveDependencies: measures anew whenever the tops change.
  useEffect(() => virtual.measure(), [tops, virtual]);

  const lineAt = useCallback(
    (y: number) => {
      const beyond = tops.findIndex((top) => top > y);
      const at = beyond < 0 ? tops.length - 1 : beyond - 1;
      const height = heights[lines[at]?.kind ?? 'row'];
      const top = tops[at] ?? 0;
      return y > top + height
        ? { at: tops.length, isAfter: true }
        : { at: Math.max(0, at), isAfter: y > top + height / 2 };
    },
    [tops, lines, heights],
  );
  return {
    shown: virtual.getVirtualItems(),
    total: virtual.getTotalSize(),
    scrollTo: (at: number) => virtual.scrollToIndex(at),
    topOf: (at: number) => tops[at] ?? 0,
    heightOf: (at: number) => heights[lines[at]?.kind ?? 'row'],
    lineAt,
  };
}
