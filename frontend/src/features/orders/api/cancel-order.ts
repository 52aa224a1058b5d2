import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { applyToOrder } from '@/features/orders/api/optimistic';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { type Order, orderAnswerSchema } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { t } from '@/messages/words';

export function useCancelOrder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) =>
      api.delete(`/orders/${encodeURIComponent(order.orderid)}`, orderAnswerSchema),
    onMutate: (order) => applyToOrder(client, order.orderid, { pending: 'cancel' }),
    onError: (error, order, rollBack) => {
      rollBack?.();
      toast.error(t('Not cancelled: {{symbol}}', { symbol: order.symbol }), {
        description: messageOf(error),
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
