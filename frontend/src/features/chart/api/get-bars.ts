import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Bar } from '@/features/chart/bars/bars';
import { formingSpan, olderSpan, type Span } from '@/features/chart/bars/spans';
import { api } from '@/lib/api/client';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const barsSchema = z.array(
  z.object({
    timestamp: z.number(),
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: z.number(),
  }),
);

async function readBars({ symbol, exchange }: InstrumentRef, interval: string, span: Span): Promise<Bar[]> {
  const rows = await api.get('/history', barsSchema, { symbol, exchange, interval, ...span });
  return rows.map(({ timestamp, ...bar }) => ({ time: timestamp, ...bar }));
}

const keyOf = (ref: InstrumentRef, interval: string) =>
  [...queryKeys.bars, ref.exchange, ref.symbol, interval] as const;

/** Bars of the period that still forms. Asked anew each minute: the answer corrects what ticks could not show. */
export function formingBarsQuery(ref: InstrumentRef, interval: string) {
  return queryOptions({
    queryKey: [...keyOf(ref, interval), 'forming'],
    queryFn: () => readBars(ref, interval, formingSpan(Date.now() / 1000, interval)),
    staleTime: 30_000,
    gcTime: 60_000,
    refetchInterval: 60_000,
  });
}

/**
 * Finished bars, one span further to the left with each page, until a span has none. `since` is the first day of the
 * forming period: when it moves on, the pages begin anew.
 */
export function olderBarsQuery(ref: InstrumentRef, interval: string, since: string) {
  const now = Date.parse(since) / 1000;
  return infiniteQueryOptions({
    queryKey: [...keyOf(ref, interval), 'older', since],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => {
      const span = olderSpan(now, interval, pageParam);
      return span ? readBars(ref, interval, span) : [];
    },
    getNextPageParam: (page: Bar[], _pages, last: number) => (page.length > 0 ? last + 1 : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

const intervalsSchema = z.record(z.string(), z.array(z.string()));

/** Bar lengths the connected broker serves. */
export const intervalsQuery = queryOptions({
  queryKey: queryKeys.intervals,
  queryFn: async () => Object.values(await api.get('/intervals', intervalsSchema)).flat(),
  staleTime: 30 * 60_000,
});
