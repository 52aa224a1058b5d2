import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { ActionCenter } from '@/features/approvals/components/action-center';
import type { WaitingOrder } from '@/testing/desk/shapes';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

function waiting(id: number, changes: Partial<WaitingOrder> = {}): WaitingOrder {
  return {
    id,
    api_type: 'placeorder',
    status: 'pending',
    strategy: 'orb-15',
    symbol: 'SBIN',
    exchange: 'NSE',
    action: 'BUY',
    quantity: '10',
    price: null,
    price_type: 'MARKET',
    product_type: 'MIS',
    created_at_ist: `2026-11-20 09:2${id}:00`,
    expires_at_ist: '2026-11-20 09:40:00',
    needs_confirmation: false,
    confirm_reason: null,
    prices: { 'NSE:SBIN': '968.3' },
    outcome: null,
    message: null,
    broker_order_id: null,
    broker_status: null,
    rejected_reason: null,
    request_id: 'R',
    ...changes,
  };
}

async function shown(rows: WaitingOrder[], address = '/action-center') {
  resetDesk().waiting = rows;
  const desk = renderInDesk(<ActionCenter />, address);
  await screen.findByRole('table', { name: 'Waiting orders' });
  return desk;
}

describe('the action centre', () => {
  it('approves one order and says where it went', async () => {
    const { user } = await shown([waiting(1), waiting(2)]);
    await user.click(screen.getByRole('button', { name: 'Approve BUY SBIN (1)' }));
    expect(await screen.findByText('Approved and sent: SBIN')).toBeVisible();
    expect(sentRequests('POST', '/action-center/1/approve')[0]?.body).toEqual({ confirm: false });
    expect(sentRequests('POST', '/action-center/2/approve')).toHaveLength(0);
  });

  it('takes a decided order off the list and offers that for no other', async () => {
    const rows = [
      waiting(1),
      waiting(2, { status: 'rejected' }),
      waiting(3, { status: 'approved', outcome: 'unknown' }),
    ];
    const { user } = await shown(rows, '/action-center?status=all');
    expect(screen.getAllByRole('button', { name: /from the list/ })).toHaveLength(1);
    await user.click(screen.getByRole('button', { name: 'Remove BUY SBIN (2) from the list' }));
    await waitFor(() => expect(screen.queryByRole('button', { name: /from the list/ })).toBeNull());
    expect(sentRequests('DELETE', '/action-center/2')).toHaveLength(1);
  });

  it('shows what changed and sends only after a second look', async () => {
    const reason = 'NSE:INFY moved from 968.3 to 990';
    const { user } = await shown([
      waiting(1, {
        symbol: 'INFY',
        needs_confirmation: true,
        confirm_reason: reason,
      }),
    ]);
    expect(screen.getByText('look again')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Approve BUY INFY (1)' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog).toHaveTextContent(reason);
    expect(sentRequests('POST', '/action-center/1/approve').map(({ body }) => body.confirm)).toEqual([false]);
    await user.click(within(dialog).getByRole('button', { name: 'Approve and send' }));
    expect(await screen.findByText('Approved and sent: INFY')).toBeVisible();
    expect(sentRequests('POST', '/action-center/1/approve')[1]?.body).toEqual({ confirm: true });
  });

  it('never claims that an order with an unknown outcome was sent', async () => {
    const { user } = await shown([waiting(1, { symbol: 'TCS' })]);
    server.use(
      http.post('*/ui/api/action-center/1/approve', () =>
        HttpResponse.json({
          status: 'success',
          data: waiting(1, {
            symbol: 'TCS',
            status: 'approved',
            outcome: 'unknown',
            message: 'Do not repeat it blindly',
          }),
        }),
      ),
    );
    await user.click(screen.getByRole('button', { name: 'Approve BUY TCS (1)' }));
    expect(await screen.findByText('Outcome not known: TCS')).toBeVisible();
    expect(screen.queryByText('Approved and sent: TCS')).not.toBeInTheDocument();
  });

  it('rejects one order', async () => {
    const { user } = await shown([waiting(1)]);
    await user.click(screen.getByRole('button', { name: 'Reject BUY SBIN (1)' }));
    expect(await screen.findByText('Rejected: SBIN')).toBeVisible();
  });

  it('asks before approving all, and says how many stayed', async () => {
    const { user } = await shown([waiting(1), waiting(2, { confirm_reason: 'it is old' })]);
    await user.click(screen.getByRole('button', { name: 'Approve all (2)' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(sentRequests('POST', '/action-center/approve-all')).toHaveLength(0);
    await user.click(within(dialog).getByRole('button', { name: 'Approve all' }));
    expect(await screen.findByText('1 sent, 1 not')).toBeVisible();
  });

  it('approves the marked orders in turn and says of each what became of it', async () => {
    const { user } = await shown([waiting(1), waiting(2, { symbol: 'INFY' }), waiting(3, { symbol: 'TCS' })]);
    server.use(
      http.post('*/ui/api/action-center/2/approve', () =>
        HttpResponse.json(
          { status: 'error', message: 'NSE:INFY moved', code: 'NEEDS_CONFIRMATION' },
          { status: 409 },
        ),
      ),
    );
    await user.click(screen.getByRole('checkbox', { name: 'Select 1' }));
    await user.click(screen.getByRole('checkbox', { name: 'Select 2' }));
    await user.click(screen.getByRole('button', { name: 'Approve selected (2)' }));
    await user.click(await screen.findByRole('button', { name: 'Approve and send' }));
    const results = await screen.findByRole('table', { name: 'Results' });
    expect(within(results).getByRole('row', { name: /INFY/ })).toHaveTextContent('look againNSE:INFY moved');
    expect(within(results).getByRole('row', { name: /SBIN/ })).toHaveTextContent('sent');
    expect(sentRequests('POST', '/action-center/3/approve')).toHaveLength(0);
  });

  it('counts down to the end of an order and shows how far its price moved', async () => {
    const now = Date.now();
    const order = { ...waiting(1), created_ms: now - 65_000, expires_ms: now + 30_000 };
    const { feed } = await shown([order]);
    const row = screen.getByRole('row', { name: /SBIN/ });
    expect(within(row).getByText(/^0:(29|30)$/)).toHaveClass('text-down');
    expect(within(row).getByText('1m')).toBeVisible();
    feed.client.quotes.merge({ symbol: 'SBIN', exchange: 'NSE' }, { ltp: 977.983, timestamp: 1 });
    feed.paint();
    expect(within(row).getByText('+1.00%')).toBeVisible();
  });

  it('shows decided orders under their state, with no way to decide again', async () => {
    await shown(
      [waiting(1, { status: 'approved', outcome: 'refused', message: 'Insufficient funds' })],
      '/action-center?status=approved',
    );
    expect(screen.getByText('Insufficient funds')).toBeVisible();
    expect(screen.queryByRole('button', { name: /^Approve BUY/ })).not.toBeInTheDocument();
  });

  it('says plainly that nothing waits, and that the queue could not be read', async () => {
    resetDesk().waiting = [];
    const desk = renderInDesk(<ActionCenter />, '/action-center');
    expect(await screen.findByText('No orders wait for you')).toBeVisible();
    desk.unmount();
    server.use(
      http.get('*/ui/api/action-center', () =>
        HttpResponse.json(
          { status: 'error', message: 'The store is busy', code: 'STORE_BUSY' },
          { status: 503 },
        ),
      ),
    );
    renderInDesk(<ActionCenter />, '/action-center');
    expect(await screen.findByText('The store is busy')).toBeVisible();
  });
});
