import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { bookRefreshInterval } from '@/stores/connection';

const positionSchema = z.object({
  symbol: z.string(),
  exchange: z.string(),
  product: z.string(),
  quantity: z.number(),
  average_price: maybeNumber,
  ltp: maybeNumber,
  pnl: maybeNumber,
  realized_pnl: maybeNumber,
  multiplier: maybeNumber,
  lot_size: maybeNumber,
  tick_size: maybeNumber,
});
export type Position = z.output<typeof positionSchema>;

export const positionsQuery = queryOptions({
  queryKey: queryKeys.positions,
  queryFn: () => api.get('/positions', z.array(positionSchema)),
  staleTime: 5_000,
  refetchInterval: bookRefreshInterval,
});
