import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { ACTIONS } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { bookRefreshInterval } from '@/stores/connection';

const tradeSchema = z.object({
  orderid: z.string(),
  tradeid: maybeText,
  symbol: z.string(),
  exchange: z.string(),
  action: z.enum(ACTIONS),
  quantity: z.number(),
  average_price: maybeNumber,
  trade_value: maybeNumber,
  product: z.string(),
  strategy: maybeText,
  timestamp: maybeText,
});
export type Trade = z.output<typeof tradeSchema>;

export const tradesQuery = queryOptions({
  queryKey: queryKeys.trades,
  queryFn: () => api.get('/trades', z.array(tradeSchema)),
  staleTime: 5_000,
  refetchInterval: bookRefreshInterval,
});
