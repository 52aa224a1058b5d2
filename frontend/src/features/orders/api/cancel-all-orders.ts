import { useQueryClient } from '@tanstack/react-query';
import type { Outcome } from '@/components/bulk/bulk-dialog';
import { applyToOrders } from '@/features/orders/api/optimistic';
import { api } from '@/lib/api/client';
import type { Order } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const answerSchema = z.object({
  canceled_orders: z.array(z.string()),
  failed_cancellations: z.array(
    z.object({ orderid: z.string(), message: z.string().nullish(), code: z.string().nullish() }),
  ),
});
export type Cancelled = z.output<typeof answerSchema>;

/** What the server's answer means for each order that was asked for. */
export function outcomesOf(asked: readonly Order[], answer: Cancelled): Map<string, Outcome> {
  const gone = new Set(answer.canceled_orders);
  const failed = new Map(answer.failed_cancellations.map((one) => [one.orderid, one]));
  return new Map(
    asked.map(({ orderid }): [string, Outcome] => {
      const failure = failed.get(orderid);
      if (gone.has(orderid)) return [orderid, { tone: 'good', word: t('cancelled') }];
      if (!failure)
        return [
          orderid,
          { tone: 'neutral', word: t('not working'), detail: t('It had ended before this call.') },
        ];
      const isUnknown = failure.code === 'OUTCOME_UNKNOWN';
      return [
        orderid,
        {
          tone: isUnknown ? 'warn' : 'bad',
          word: isUnknown ? t('outcome unknown') : t('not cancelled'),
          ...(failure.message && { detail: failure.message }),
        },
      ];
    }),
  );
}

/** Withdraws the named orders, or with `isAll` every working order of the account; marks them meanwhile. */
export function useCancelOrders() {
  const client = useQueryClient();
  return async (orders: readonly Order[], isAll: boolean): Promise<Map<string, Outcome>> => {
    const ids = orders.map(({ orderid }) => orderid);
    const rollBack = await applyToOrders(client, new Set(ids), { pending: 'cancel' });
    try {
      const body = isAll ? {} : { order_ids: ids };
      return outcomesOf(orders, await api.post('/orders/cancel-all', answerSchema, body));
    } catch (error) {
      rollBack();
      throw error;
    } finally {
      void client.invalidateQueries({ queryKey: queryKeys.book });
    }
  };
}
