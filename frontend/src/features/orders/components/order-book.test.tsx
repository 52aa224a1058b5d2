import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { OrderBook } from '@/features/orders/components/order-book';
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
    await user.click(screen.getByRole('button', { name: 'Cancel all (16)' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(within(dialog).getAllByRole('listitem')).toHaveLength(16);
    expect(sentRequests('POST', '/orders/cancel-all')).toHaveLength(0);
    await user.click(within(dialog).getByRole('button', { name: 'Cancel all orders' }));
    expect(await screen.findByText('16 cancelled')).toBeVisible();
    expect(sentRequests('POST', '/orders/cancel-all')).toHaveLength(1);
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
