import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { formingBarsQuery, olderBarsQuery } from '@/features/chart/api/get-bars';
import { type Bar, mergeBars } from '@/features/chart/bars/bars';
import { formingSpan } from '@/features/chart/bars/spans';
import { isFeedFresh } from '@/lib/market-data/client';
import { useFeedStatus } from '@/lib/market-data/context';
import type { InstrumentRef } from '@/lib/market-data/protocol';

/** The bars of an instrument: what is finished, page by page to the left, and what still forms. */
export function useBars(ref: InstrumentRef, interval: string) {
  const since = formingSpan(Date.now() / 1000, interval).start_date;
  const forming = useQuery(formingBarsQuery(ref, interval));
  const older = useInfiniteQuery(olderBarsQuery(ref, interval, since));
  useAfterGap(forming.refetch);
  const pages = older.data?.pages;
  const bars = useMemo((): Bar[] | undefined => {
    if (!pages && !forming.data) return undefined;
    return mergeBars(...[...(pages ?? [])].reverse(), forming.data ?? []);
  }, [pages, forming.data]);
  const { hasNextPage, isFetching, fetchNextPage, isError } = older;
  return {
    bars,
    isPending: bars === undefined ? forming.isPending || older.isPending : false,
    isSettled: !forming.isPending && !older.isPending,
    isLoadingOlder: older.isFetchingNextPage,
    error: forming.error ?? older.error,
    retry: () => {
      void forming.refetch();
      if (isError) void (pages ? fetchNextPage() : older.refetch());
    },
    loadOlder: () => {
      // After a failed page only the reader's own wish asks again, or the view would ask with every move.
      if (hasNextPage && !isFetching && !isError) void fetchNextPage();
    },
  };
}

/** Ticks that were missed cannot be drawn: the history is asked as soon as the feed is back. */
function useAfterGap(refetch: () => unknown): void {
  const isFresh = isFeedFresh(useFeedStatus());
  const wasFresh = useRef<boolean | null>(null);
  useEffect(() => {
    if (isFresh && wasFresh.current === false) void refetch();
    // Before the first connection nothing was missed.
    if (isFresh || wasFresh.current !== null) wasFresh.current = isFresh;
  }, [isFresh, refetch]);
}
