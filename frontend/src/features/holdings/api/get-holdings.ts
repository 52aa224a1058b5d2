import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const holdingSchema = z.object({
  symbol: z.string(),
  exchange: z.string(),
  product: z.string(),
  quantity: z.number(),
  average_price: maybeNumber,
  ltp: maybeNumber,
  pnl: maybeNumber,
  pnlpercent: maybeNumber,
});
export type Holding = z.output<typeof holdingSchema>;

const holdingsSchema = z.object({
  holdings: z.array(holdingSchema),
  statistics: z.object({
    totalholdingvalue: maybeNumber,
    totalinvvalue: maybeNumber,
    totalprofitandloss: maybeNumber,
    totalpnlpercentage: maybeNumber,
  }),
});

export const holdingsQuery = queryOptions({
  queryKey: queryKeys.holdings,
  queryFn: () => api.get('/holdings', holdingsSchema),
  staleTime: 30_000,
  refetchInterval: 60_000,
});
