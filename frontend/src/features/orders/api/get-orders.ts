import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber } from '@/lib/numbers';
import { type Order, orderSchema } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { bookRefreshInterval } from '@/stores/connection';

const orderBookSchema = z.object({
  orders: z.array(orderSchema),
  statistics: z.record(z.string(), maybeNumber).optional(),
});

export interface OrderBook {
  orders: Order[];
}

export const ordersQuery = queryOptions({
  queryKey: queryKeys.orders,
  queryFn: async (): Promise<OrderBook> => ({ orders: (await api.get('/orders', orderBookSchema)).orders }),
  staleTime: 5_000,
  refetchInterval: bookRefreshInterval,
});
