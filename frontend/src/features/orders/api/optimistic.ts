import type { QueryClient } from '@tanstack/react-query';
import { type OrderBook, ordersQuery } from '@/features/orders/api/get-orders';
import type { Order } from '@/lib/orders/schema';

/**
 * Shows a change of some orders before the server confirms it, and answers how to take it back.
 * An order is marked pending, never given a status nobody has reported.
 */
export async function applyToOrders(
  client: QueryClient,
  ids: ReadonlySet<string>,
  change: Partial<Order>,
): Promise<() => void> {
  await client.cancelQueries({ queryKey: ordersQuery.queryKey });
  const before = client.getQueryData(ordersQuery.queryKey);
  const put = (update: (order: Order) => Order) =>
    client.setQueryData(
      ordersQuery.queryKey,
      (book: OrderBook | undefined) =>
        book && {
          ...book,
          orders: book.orders.map((order) => (ids.has(order.orderid) ? update(order) : order)),
        },
    );
  put((order) => ({ ...order, ...change }));
  const originals = new Map(before?.orders.map((order) => [order.orderid, order]));
  return () => put((order) => originals.get(order.orderid) ?? order);
}

export function applyToOrder(client: QueryClient, orderid: string, change: Partial<Order>) {
  return applyToOrders(client, new Set([orderid]), change);
}
