import type { QueryClient } from '@tanstack/react-query';
import { isWorking, type Order, orderSchema } from '@/lib/orders/schema';
import { type QueryKey, queryKeys } from '@/lib/query-keys';

interface Book {
  orders: readonly Order[];
}

/** What a fill changes beside the order itself and no order update tells. */
const CHANGED_BY_FILLS: readonly QueryKey[] = [
  queryKeys.trades,
  queryKeys.positions,
  queryKeys.funds,
  queryKeys.holdings,
  queryKeys.pnl,
  queryKeys.timeLine,
];
const CHANGED: readonly QueryKey[] = [queryKeys.timeLine];

/** What an update may change of a row; when it was placed and what else only the book knows stays. */
const update = orderSchema.pick({
  orderid: true,
  symbol: true,
  exchange: true,
  quantity: true,
  price: true,
  trigger_price: true,
  pricetype: true,
  order_status: true,
  average_price: true,
  filled_quantity: true,
  pending_quantity: true,
  rejection_reason: true,
});

/** A row that has ended stays ended and fills are not taken back: what says otherwise was overtaken on its way. */
function isOvertaken(
  known: Order,
  next: { order_status: Order['order_status']; filled_quantity: number | null },
) {
  const hasEnded = !isWorking(known.order_status) && known.order_status !== 'unknown';
  return (
    (hasEnded && next.order_status !== known.order_status) ||
    (next.filled_quantity ?? 0) < (known.filled_quantity ?? 0)
  );
}

/**
 * Puts an order update into the order book that is on screen. Answers the reads that it makes out of date all the same,
 * or `null` when the book must be read: it does not have the row, or has a newer one.
 */
export function applyOrderUpdate(client: QueryClient, payload: unknown): readonly QueryKey[] | null {
  const read = update.safeParse(payload);
  const book = client.getQueryData<Book>(queryKeys.orders);
  if (!read.success || !book) return null;
  const next = read.data;
  const known = book.orders.find((order) => order.orderid === next.orderid);
  if (!known || known.symbol !== next.symbol || known.exchange !== next.exchange) return null;
  if (isOvertaken(known, next)) return null;
  const { pending: _settled, ...rest } = known;
  client.setQueryData<Book>(queryKeys.orders, {
    ...book,
    orders: book.orders.map((order) => (order === known ? { ...rest, ...next } : order)),
  });
  return next.filled_quantity !== known.filled_quantity ? CHANGED_BY_FILLS : CHANGED;
}
