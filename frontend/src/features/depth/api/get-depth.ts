import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '@/lib/api/client';
import { useMarketData } from '@/lib/market-data/context';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const sideSchema = z
  .array(z.object({ price: z.number(), quantity: z.number() }))
  // The edge pads with zeros where no order rests.
  .transform((levels) =>
    levels.filter(({ price }) => price > 0).map((level) => ({ ...level, orders: null })),
  );

const depthSchema = z.object({ bids: sideSchema, asks: sideSchema });

/** The book as it stood when the ladder opened, put under the stream: a quiet market sends no tick for a while. */
export function useDepthSnapshot({ symbol, exchange }: InstrumentRef, isWanted: boolean) {
  const client = useMarketData();
  const query = useQuery({
    queryKey: [...queryKeys.instruments, 'depth', exchange, symbol],
    queryFn: () => api.get('/depth', depthSchema, { symbol, exchange }),
    enabled: isWanted,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const { data } = query;
  useEffect(() => {
    if (!data) return;
    const { bids, asks } = data;
    const touch = { bid: bids[0]?.price ?? null, ask: asks[0]?.price ?? null };
    client.quotes.seed({ symbol, exchange }, { buy: bids, sell: asks, ...touch });
  }, [client, data, symbol, exchange]);
  return query;
}
