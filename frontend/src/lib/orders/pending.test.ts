import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { showPending } from '@/lib/orders/pending';
import { queryKeys } from '@/lib/query-keys';

const TERMS = {
  symbol: 'SBIN',
  exchange: 'NSE',
  action: 'BUY',
  quantity: 10,
  pricetype: 'LIMIT',
  product: 'MIS',
  price: 960,
} as const;

function clientWith(book: object | undefined) {
  const client = new QueryClient();
  if (book) client.setQueryData(queryKeys.orders, book);
  const ids = () =>
    client
      .getQueryData<{ orders: { orderid: string }[] }>(queryKeys.orders)
      ?.orders.map((one) => one.orderid);
  return { client, ids };
}

it('puts the order on top of the book, without an id or a status that nobody gave', async () => {
  const { client, ids } = clientWith({ orders: [{ orderid: '7' }] });
  const takeBack = await showPending(client, 'a1', TERMS);
  expect(ids()).toEqual(['sending:a1', '7']);
  expect(client.getQueryData<{ orders: object[] }>(queryKeys.orders)?.orders[0]).toMatchObject({
    pending: 'place',
    order_status: 'unknown',
    filled_quantity: null,
    timestamp: null,
  });
  takeBack();
  expect(ids()).toEqual(['7']);
});

it('shows a repeated intent once', async () => {
  const { client, ids } = clientWith({ orders: [] });
  await showPending(client, 'a1', TERMS);
  await showPending(client, 'a1', TERMS);
  expect(ids()).toEqual(['sending:a1']);
});

it('makes no book up where none was read', async () => {
  const { client, ids } = clientWith(undefined);
  await showPending(client, 'a1', TERMS);
  expect(ids()).toBeUndefined();
});
