import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '@/lib/api/client';
import { type Instrument, instrumentSchema } from '@/lib/instruments/schema';
import { useMarketData } from '@/lib/market-data/context';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { maybeNumber } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const searchSchema = z.array(instrumentSchema);

/** Words, and what every hit must be. With an underlying no words are needed. `expiry` is DDMMMYY. */
export interface SearchTerms {
  q: string;
  exchange?: string;
  underlying?: string;
  expiry?: string;
  type?: string;
  strike_min?: number;
  strike_max?: number;
  limit?: number;
}

export function searchQuery({ limit = 50, ...terms }: SearchTerms) {
  return queryOptions({
    queryKey: [...queryKeys.instruments, 'search', terms, limit],
    queryFn: () => api.get('/search', searchSchema, { ...terms, limit }),
    enabled: terms.q.trim().length >= 2 || Boolean(terms.underlying),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
}

/** Expiries of futures and options of an underlying, as DDMMMYY. */
export function expiriesOfQuery(underlying: string, exchange: string) {
  return queryOptions({
    queryKey: [...queryKeys.instruments, 'expiries', underlying, exchange],
    queryFn: () => api.get('/search/expiries', z.array(z.string()), { underlying, exchange }),
    enabled: underlying !== '',
    staleTime: 10 * 60_000,
  });
}

/** Contract facts (lot, tick, freeze) change once a day at most. */
export function useInstrument(ref: InstrumentRef | null) {
  return useQuery({
    queryKey: [...queryKeys.instruments, 'one', ref?.exchange, ref?.symbol],
    queryFn: (): Promise<Instrument> =>
      api.get('/symbol', instrumentSchema, { symbol: ref?.symbol, exchange: ref?.exchange }),
    enabled: ref !== null,
    staleTime: 30 * 60_000,
  });
}

const quoteSchema = z.object({
  open: maybeNumber,
  high: maybeNumber,
  low: maybeNumber,
  ltp: maybeNumber,
  ask: maybeNumber,
  bid: maybeNumber,
  prev_close: maybeNumber,
  volume: maybeNumber,
  oi: maybeNumber,
});

const quotesSchema = z.array(
  z.object({
    symbol: z.string(),
    exchange: z.string(),
    data: quoteSchema.optional(),
    error: z.string().optional(),
  }),
);

/**
 * Fetches one snapshot for instruments the feed may not tick soon, and puts it under the live quotes.
 * `withTouch` asks anew and includes bid and ask, which are worthless when they are a minute old.
 */
export function useQuoteSnapshot(refs: readonly InstrumentRef[], withTouch = false): void {
  const client = useMarketData();
  const names = refs.map((ref) => `${ref.exchange}:${ref.symbol}`).sort();
  const { data } = useQuery({
    queryKey: [...queryKeys.instruments, 'quotes', withTouch, names],
    queryFn: () =>
      api.post('/quotes', quotesSchema, {
        symbols: refs.map(({ symbol, exchange }) => ({ symbol, exchange })),
      }),
    enabled: refs.length > 0,
    staleTime: withTouch ? 0 : 60_000,
    gcTime: withTouch ? 0 : 5 * 60_000,
  });
  useEffect(() => {
    for (const row of data ?? []) {
      if (!row.data) continue;
      const { prev_close, bid, ask, ...rest } = row.data;
      // The REST edge prints 0 where no order rests; on this desk an absent touch is unknown.
      const touch = withTouch ? { bid: bid || null, ask: ask || null } : {};
      client.quotes.seed(row, { ...rest, close: prev_close, ...touch });
    }
  }, [client, data, withTouch]);
}
