import { act, screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { Profiler } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { DepthLadder } from '@/features/depth/components/depth-ladder';
import { orderSchema } from '@/lib/orders/schema';
import { useTicket } from '@/stores/ticket';
import { renderInDesk } from '@/testing/render';
import { server } from '@/testing/server';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const level = (price: number, quantity: number) => ({ price, quantity, orders: 1 });
const BOOK = {
  buy: [level(968.2, 50), level(968.15, 75)],
  sell: [level(968.3, 25), level(968.35, 40)],
};
const NONE: never[] = [];

beforeEach(() => useTicket.setState({ request: null, shown: null, offered: null }));

const ladder = () => screen.findByRole('table', { name: 'Market depth of SBIN' });

async function opened(orders: Parameters<typeof DepthLadder>[0]['orders'] = NONE) {
  const onRender = vi.fn();
  const desk = renderInDesk(
    <Profiler id="ladder" onRender={onRender}>
      <DepthLadder of={SBIN} orders={orders} />
    </Profiler>,
  );
  await ladder();
  const stream = (depth: object) =>
    act(() => {
      desk.feed.client.quotes.merge(SBIN, {
        ...depth,
        bid: BOOK.buy[0]?.price ?? null,
        ask: BOOK.sell[0]?.price ?? null,
      });
      desk.feed.paint();
    });
  return { ...desk, stream, commits: () => onRender.mock.calls.length };
}

it('draws asks above bids, with the best of both beside the last trade', async () => {
  const { stream } = await opened();
  stream(BOOK);
  const prices = within(await ladder()).getAllByRole('button');
  expect(prices.map((one) => one.textContent)).toEqual(['968.35', '968.30', '968.20', '968.15']);
  expect(await ladder()).toHaveTextContent(/Spread 0.10/);
  expect(await ladder()).toHaveTextContent(/125.*66% bid.*65/);
});

it('buys at an ask, sells at a bid, and turns the side with Shift', async () => {
  const { user, stream } = await opened();
  stream(BOOK);
  await user.click(screen.getByRole('button', { name: 'Buy SBIN at 968.30' }));
  expect(useTicket.getState().request).toMatchObject({ action: 'BUY', price: 968.3, pricetype: 'LIMIT' });
  await user.click(screen.getByRole('button', { name: 'Sell SBIN at 968.15' }));
  expect(useTicket.getState().request).toMatchObject({ action: 'SELL', price: 968.15 });
  await user.keyboard('{Shift>}');
  await user.click(screen.getByRole('button', { name: 'Sell SBIN at 968.15' }));
  await user.keyboard('{/Shift}');
  expect(useTicket.getState().request).toMatchObject({ action: 'BUY', price: 968.15 });
});

it('puts a price into the ticket that stands open for the instrument', async () => {
  const { user, stream } = await opened();
  stream(BOOK);
  act(() => useTicket.setState({ shown: SBIN }));
  await user.click(screen.getByRole('button', { name: 'Buy SBIN at 968.35' }));
  expect(useTicket.getState()).toMatchObject({ request: null, offered: { price: 968.35, action: 'BUY' } });
});

it('is walked by the arrow keys', async () => {
  const { user, stream } = await opened();
  stream(BOOK);
  screen.getByRole('button', { name: 'Buy SBIN at 968.30' }).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(screen.getByRole('button', { name: 'Sell SBIN at 968.15' })).toHaveFocus();
});

it("marks the trader's own orders at their price", async () => {
  const order = orderSchema.parse({
    ...SBIN,
    orderid: '1',
    action: 'BUY',
    quantity: 12,
    pricetype: 'LIMIT',
    product: 'MIS',
    price: 968.15,
    order_status: 'open',
  });
  const { stream } = await opened([order]);
  stream(BOOK);
  const row = screen.getByRole('button', { name: 'Sell SBIN at 968.15' }).closest('tr');
  expect(row).toHaveTextContent('B 12');
});

it('commits the touched cells alone when one quantity changes', async () => {
  const { stream, commits } = await opened();
  stream(BOOK);
  const before = commits();
  stream({ ...BOOK, buy: [level(968.2, 50), level(968.15, 74)] });
  expect(commits() - before).toBe(1);
  const still = commits();
  stream({ buy: [level(968.2, 50), level(968.15, 74)], sell: [level(968.3, 25), level(968.35, 40)] });
  expect(commits() - still).toBe(0);
});

it('shows the book of a quiet market from one answer, and says when there is none', async () => {
  server.use(
    http.get('*/ui/api/depth', () =>
      HttpResponse.json({
        status: 'success',
        data: { bids: [level(968.2, 9), level(0, 0)], asks: [level(0, 0)] },
      }),
    ),
  );
  const { feed } = await opened();
  const best = () => {
    feed.paint();
    return screen.queryByRole('button', { name: 'Sell SBIN at 968.20' });
  };
  await expect.poll(best).not.toBeNull();
});

it('says that the feed is down while it is', async () => {
  await opened();
  expect(await screen.findByText(/this book is old/)).toBeVisible();
});

it('offers to ask again when the book could not be read', async () => {
  server.use(
    http.get('*/ui/api/depth', () =>
      HttpResponse.json({ status: 'error', message: 'The broker does not answer' }, { status: 502 }),
    ),
  );
  await opened();
  expect(await screen.findByText('The broker does not answer')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
});

it('has no book for an index', async () => {
  renderInDesk(<DepthLadder of={{ symbol: 'NIFTY', exchange: 'NSE_INDEX' }} orders={NONE} />);
  expect(await screen.findByText(/has no order book/)).toBeVisible();
});
