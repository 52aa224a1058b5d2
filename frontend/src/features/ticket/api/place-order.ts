import { useMutation, useQueryClient } from '@tanstack/react-query';
import { announceOnce } from '@/lib/announce';
import { api } from '@/lib/api/client';
import { formatQuantity } from '@/lib/format';
import { maybeText } from '@/lib/numbers';
import type { AskedExits } from '@/lib/orders/exit-terms';
import { showPending } from '@/lib/orders/pending';
import type { Action, PriceType } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

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
  /** What protects the position that the order opens or adds to. */
  exits?: AskedExits;
  /** Leaves in parts that the exchange's freeze quantity lets through. */
  split?: true;
  /** Names the intent: sending it twice places one order. */
  client_order_id: string;
}

const partSchema = z.object({
  quantity: z.number(),
  status: z.string(),
  orderid: maybeText,
  message: maybeText,
});

const placedSchema = z.union([
  z.object({ orderid: z.string(), exit_id: maybeText }),
  z.object({ results: z.array(partSchema) }),
]);
type Placed = z.output<typeof placedSchema>;

/** One toast for one press, whatever it became: one order, or parts of which some may have been refused. */
function announce(placed: Placed, { action, quantity, symbol, client_order_id }: NewOrder): void {
  const what = `${action} ${formatQuantity(quantity)} ${symbol}`;
  if ('orderid' in placed) {
    const note = placed.exit_id
      ? t('Order {{orderid}}, protected from its first fill', { orderid: placed.orderid })
      : t('Order {{orderid}}', { orderid: placed.orderid });
    announceOnce(`placed:${placed.orderid}`, 'info', t('{{order}} sent', { order: what }), note);
    return;
  }
  const { results } = placed;
  const failed = results.filter(({ status }) => status !== 'success');
  const key = `placed:${client_order_id}`;
  if (failed.length === 0)
    announceOnce(
      key,
      'info',
      t('{{order}} sent', { order: what }),
      t('In {{count}} orders', { count: results.length, one: 'In one order' }),
    );
  else {
    const title = t('{{failed}} of {{all}} orders of {{order}} did not go through', {
      failed: failed.length,
      all: results.length,
      order: what,
    });
    announceOnce(key, 'error', title, failed[0]?.message ?? undefined);
  }
}

export function usePlaceOrder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: NewOrder) => api.post('/orders', placedSchema, order),
    onMutate: (order) => showPending(client, order.client_order_id, order),
    onSuccess: announce,
    onError: (_error, _order, takeBack) => takeBack?.(),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
