import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { applyOrderUpdate } from '@/lib/orders/deltas';
import type { Order } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';

const ORDER: Order = {
  orderid: '7',
  symbol: 'SBIN',
  exchange: 'NSE',
  action: 'BUY',
  quantity: 10,
  price: 960,
  trigger_price: 0,
  pricetype: 'LIMIT',
  product: 'MIS',
  order_status: 'open',
  average_price: null,
  filled_quantity: 4,
  pending_quantity: 6,
  disclosed_quantity: null,
  rejection_reason: null,
  strategy: 'orb',
  timestamp: '2026-11-20 09:20:00',
  pending: 'cancel',
};

function desk() {
  const client = new QueryClient();
  client.setQueryData(queryKeys.orders, { orders: [{ ...ORDER, orderid: '6' }, ORDER] });
  const row = () => client.getQueryData<{ orders: Order[] }>(queryKeys.orders)?.orders[1];
  const tell = (change: Partial<Order>) =>
    applyOrderUpdate(client, { ...ORDER, pending: undefined, timestamp: 1_795_000_000_000, ...change });
  return { client, row, tell };
}

it('puts an update into its row, ends the mark of our own request, and asks for no book', () => {
  const { row, tell } = desk();
  expect(tell({ order_status: 'cancelled', pending_quantity: 0 })).toEqual([queryKeys.timeLine]);
  expect(row()).toEqual({ ...ORDER, order_status: 'cancelled', pending_quantity: 0, pending: undefined });
  expect(row()).not.toHaveProperty('pending');
});

it('asks for what a fill changes elsewhere', () => {
  const { row, tell } = desk();
  const stale = tell({
    order_status: 'complete',
    filled_quantity: 10,
    pending_quantity: 0,
    average_price: 959.5,
  });
  expect(stale).toContain(queryKeys.positions);
  expect(stale).toContain(queryKeys.trades);
  expect(stale).not.toContain(queryKeys.orders);
  expect(row()?.average_price).toBe(959.5);
});

it('reads the book for an order it does not show, and for an update that was overtaken', () => {
  const { row, tell } = desk();
  expect(tell({ orderid: '99' })).toBeNull();
  expect(tell({ symbol: 'TCS' })).toBeNull();
  expect(tell({ filled_quantity: 2 })).toBeNull();
  tell({ order_status: 'cancelled' });
  expect(tell({ order_status: 'open' })).toBeNull();
  expect(row()?.order_status).toBe('cancelled');
  expect(applyOrderUpdate(new QueryClient(), ORDER)).toBeNull();
  expect(applyOrderUpdate(desk().client, { orderid: '7' })).toBeNull();
});
