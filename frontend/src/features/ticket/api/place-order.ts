import { useMutation, useQueryClient } from '@tanstack/react-query';
import { announceOnce } from '@/lib/announce';
import { api } from '@/lib/api/client';
import { formatQuantity } from '@/lib/format';
import { type Action, orderAnswerSchema, type PriceType } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';

export interface NewOrder {
  symbol: string;
  exchange: string;
  action: Action;
  quantity: number;
  pricetype: PriceType;
  product: string;
  price?: number;
  trigger_price?: number;
  disclosed_quantity?: number;
  strategy: string;
  /** Names the intent: sending it twice places one order. */
  client_order_id: string;
}

export function usePlaceOrder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: NewOrder) => api.post('/orders', orderAnswerSchema, order),
    onSuccess: ({ orderid }, order) => {
      const what = `${order.action} ${formatQuantity(order.quantity)} ${order.symbol} sent`;
      announceOnce(`placed:${orderid}`, 'info', what, `Order ${orderid}`);
    },
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
