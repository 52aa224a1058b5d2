import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { applyToOrder } from '@/features/orders/api/optimistic';
import { api } from '@/lib/api/client';
import { type Order, orderAnswerSchema, type PriceType } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { t } from '@/messages/words';

export interface NewTerms {
  quantity: number;
  pricetype: PriceType;
  price?: number;
  trigger_price?: number;
  disclosed_quantity?: number;
}

export function useModifyOrder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ order, terms }: { order: Order; terms: NewTerms }) =>
      api.put(`/orders/${encodeURIComponent(order.orderid)}`, orderAnswerSchema, {
        symbol: order.symbol,
        exchange: order.exchange,
        action: order.action,
        product: order.product,
        ...terms,
      }),
    onMutate: ({ order, terms }) =>
      applyToOrder(client, order.orderid, {
        pending: 'modify',
        quantity: terms.quantity,
        pricetype: terms.pricetype,
        price: terms.price ?? null,
        trigger_price: terms.trigger_price ?? null,
      }),
    onSuccess: (_answer, { order }) =>
      toast.success(t('Modified: {{symbol}}', { symbol: order.symbol }), {
        description: t('Order {{orderid}}', { orderid: order.orderid }),
      }),
    onError: (_error, _variables, rollBack) => rollBack?.(),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
