import type { QueryClient } from '@tanstack/react-query';
import { type OrderBook, ordersQuery } from '@/features/orders/api/get-orders';
import type { Order } from '@/lib/orders/schema';

/**
 * Shows a change of one order before the server confirms it, and answers how to take it back.
 * The order is marked pending, never given a status nobody has reported.
 */
export async function applyToOrder(
  client: QueryClient,
  orderid: string,
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
          orders: book.orders.map((order) => (order.orderid === orderid ? update(order) : order)),
        },
    );
  put((order) => ({ ...order, ...change }));
  const original = before?.orders.find((order) => order.orderid === orderid);
  return () => {
    if (original) put(() => original);
  };
}
