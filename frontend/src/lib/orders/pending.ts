import type { QueryClient } from '@tanstack/react-query';
import type { Order } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';

interface Book {
  orders: Order[];
}

type Terms = Pick<Order, 'symbol' | 'exchange' | 'action' | 'quantity' | 'pricetype' | 'product'> &
  Partial<Pick<Order, 'price' | 'trigger_price' | 'disclosed_quantity' | 'strategy'>>;

/** A row for an order that is on its way: no id, no status but that nobody has answered yet. */
function rowOf(intent: string, terms: Terms): Order {
  return {
    orderid: `sending:${intent}`,
    symbol: terms.symbol,
    exchange: terms.exchange,
    action: terms.action,
    quantity: terms.quantity,
    pricetype: terms.pricetype,
    product: terms.product,
    price: terms.price ?? null,
    trigger_price: terms.trigger_price ?? null,
    disclosed_quantity: terms.disclosed_quantity ?? null,
    strategy: terms.strategy ?? null,
    order_status: 'unknown',
    average_price: null,
    filled_quantity: null,
    pending_quantity: terms.quantity,
    rejection_reason: null,
    timestamp: null,
    pending: 'place',
  };
}

/**
 * Shows an order in the book before the server answers, and answers how to take the row out again. The next read of
 * the book replaces it in any case.
 */
export async function showPending(client: QueryClient, intent: string, terms: Terms): Promise<() => void> {
  await client.cancelQueries({ queryKey: queryKeys.orders });
  const row = rowOf(intent, terms);
  const change = (update: (orders: Order[]) => Order[]) =>
    client.setQueryData(
      queryKeys.orders,
      (book: Book | undefined) => book && { ...book, orders: update(book.orders) },
    );
  const without = (orders: Order[]) => orders.filter(({ orderid }) => orderid !== row.orderid);
  change((orders) => [row, ...without(orders)]);
  return () => void change(without);
}
