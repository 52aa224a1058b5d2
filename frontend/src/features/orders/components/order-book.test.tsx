import { act, screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { OrderBook } from '@/features/orders/components/order-book';
import { useTicket } from '@/stores/ticket';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const rows = () => screen.getAllByRole('row').slice(1);

async function shown(address = '/orderbook') {
  const desk = renderInDesk(<OrderBook />, address);
  await screen.findByRole('table', { name: 'Orders' });
  return desk;
}

function firstOpenOrder() {
  const row = rows().find((one) => within(one).queryByRole('button', { name: /^Cancel/ }));
  if (!row) throw new Error('no open order on screen');
  return row;
}

describe('the order book', () => {
  it('filters by the address', async () => {
    await shown('/orderbook?status=rejected');
    expect(rows().length).toBe(8);
    expect(rows()[0]).toHaveTextContent('Insufficient funds');
  });

  it('writes a chosen filter into the address', async () => {
    const { user, router } = await shown();
    await user.click(screen.getByRole('button', { name: /^Open/ }));
    expect(router.state.location.search).toBe('?status=open');
    expect(screen.getByRole('button', { name: /^Open/ })).toHaveAttribute('aria-pressed', 'true');
  });

  it('marks a cancelled order as pending until the server has spoken', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.use(
      http.delete('*/ui/api/orders/:id', async () => {
        await gate;
      }),
    );
    const { user } = await shown('/orderbook?status=open');
    const row = firstOpenOrder();
    await user.click(within(row).getByRole('button', { name: /^Cancel/ }));
    expect(await within(row).findByText('cancelling…')).toBeVisible();
    expect(within(row).getByRole('button', { name: /^Cancel/ })).toBeDisabled();
    release();
  });

  it('takes the mark back when the server refuses', async () => {
    server.use(
      http.delete('*/ui/api/orders/:id', () =>
        HttpResponse.json(
          { status: 'error', message: 'Cannot cancel order in complete status' },
          { status: 400 },
        ),
      ),
    );
    const { user } = await shown('/orderbook?status=open');
    // The refetch stays out, so only the roll-back can restore the row.
    server.use(http.get('*/ui/api/orders', () => new Promise<never>(() => {})));
    await user.click(within(firstOpenOrder()).getByRole('button', { name: /^Cancel/ }));
    expect(await screen.findByText('Cannot cancel order in complete status')).toBeVisible();
    expect(screen.queryByText('cancelling…')).not.toBeInTheDocument();
  });

  it('lists every order before cancelling all', async () => {
    const { user } = await shown();
    await user.click(screen.getByText('Cancel all (16)'));
    const dialog = await screen.findByRole('alertdialog');
    expect(within(dialog).getAllByRole('listitem')).toHaveLength(16);
    expect(sentRequests('POST', '/orders/cancel-all')).toHaveLength(0);
    await user.click(within(dialog).getByRole('button', { name: 'Cancel all orders' }));
    const results = await screen.findByRole('table', { name: 'Results' });
    expect(within(results).getAllByText('cancelled')).toHaveLength(16);
    expect(sentRequests('POST', '/orders/cancel-all').map(({ body }) => body)).toEqual([{}]);
  });

  it('withdraws the marked orders alone, and says what became of each', async () => {
    const { user } = await shown('/orderbook?status=open');
    const [first, second] = rows();
    if (!first || !second) throw new Error('too few open orders');
    const ids = [first, second].map((row) => row.dataset.key ?? '');
    await user.click(within(first).getByRole('checkbox'));
    second.focus();
    await user.keyboard(' ');
    let asked: unknown;
    server.use(
      http.post('*/ui/api/orders/cancel-all', async ({ request }) => {
        asked = await request.json();
        const failed = { orderid: ids[1], message: 'Too late', code: 'REFUSED' };
        return HttpResponse.json({
          status: 'success',
          data: { canceled_orders: [ids[0]], failed_cancellations: [failed] },
        });
      }),
    );
    await user.click(screen.getByText('Cancel selected (2)'));
    await user.click(await screen.findByRole('button', { name: 'Cancel these orders' }));
    const dialog = await screen.findByRole('dialog', { name: '1 of 2 done' });
    expect(within(dialog).getByText('not cancelled')).toBeVisible();
    expect(within(dialog).getByText('Too late')).toBeVisible();
    expect(asked).toEqual({ order_ids: [...ids].sort() });
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    expect(screen.getByText(/^Cancel filtered/)).toBeVisible();
  });

  it('keeps every row in doubt, and marked as before, when a bulk call has no answer', async () => {
    server.use(http.post('*/ui/api/orders/cancel-all', () => HttpResponse.error()));
    const { user } = await shown('/orderbook?status=open&side=BUY');
    await user.click(screen.getByText(/^Cancel filtered/));
    await user.click(await screen.findByRole('button', { name: 'Cancel these orders' }));
    const results = await screen.findByRole('table', { name: 'Results' });
    expect(within(results).getAllByText('not told').length).toBeGreaterThan(1);
    expect(screen.queryByText('cancelling…')).not.toBeInTheDocument();
  });

  it('opens the time line with Enter, and the ticket with the same terms to repeat an order', async () => {
    const { user } = await shown('/orderbook?status=cancelled&q=NIFTY');
    const [row] = rows();
    if (!row) throw new Error('no order on screen');
    await user.click(within(row).getByRole('button', { name: /^Repeat/ }));
    expect(useTicket.getState().request).toMatchObject({ symbol: row.dataset.symbol, pricetype: 'LIMIT' });
    act(() => row.focus());
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('dialog', { name: /^Time line/ })).toBeVisible();
  });

  it('modifies with only the prices the type has', async () => {
    const { user } = await shown('/orderbook?status=open&q=NIFTY');
    await user.click(within(firstOpenOrder()).getByRole('button', { name: /^Modify/ }));
    const dialog = await screen.findByRole('dialog');
    const orderId = orderIdOf(dialog.textContent);
    await user.click(within(dialog).getByRole('radio', { name: 'LIMIT' }));
    const price = within(dialog).getByLabelText('Price');
    await user.clear(price);
    await user.type(price, '50.05');
    await user.click(within(dialog).getByRole('button', { name: 'Modify PRACTICE order' }));
    expect(await screen.findByText(/^Modified/)).toBeVisible();
    const [sent] = sentRequests('PUT', `/orders/${orderId}`);
    expect(sent?.body).toMatchObject({ pricetype: 'LIMIT', price: 50.05 });
    expect(sent?.body).not.toHaveProperty('trigger_price');
  });

  it('says plainly that an order is not accounted for', async () => {
    const desk = resetDesk();
    const first = desk.orders[0];
    if (first) first.order_status = 'something new';
    await shown('/orderbook?status=unknown');
    expect(await screen.findByText('outcome unknown')).toBeVisible();
  });

  it('shows an empty day as such', async () => {
    resetDesk().orders = [];
    renderInDesk(<OrderBook />);
    expect(await screen.findByText('No orders today')).toBeVisible();
  });
});

function orderIdOf(text: string | null): string {
  return /Order (\d+)/.exec(text ?? '')?.[1] ?? '';
}
