import { act, screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { OrderTicket } from '@/features/ticket/components/order-ticket';
import { openTicket, useTicket } from '@/stores/ticket';
import { MockDesk } from '@/testing/desk/mock-desk';
import { serveOptions } from '@/testing/options-server';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const CALL = { symbol: 'NIFTY24DEC2625400CE', exchange: 'NFO' };

beforeEach(() => {
  useTicket.setState({ request: null, remembered: {}, last: null });
});

async function opened(request: Parameters<typeof openTicket>[0]) {
  const desk = renderInDesk(<OrderTicket />);
  act(() => openTicket(request));
  await screen.findByRole('dialog');
  return desk;
}

const quantity = () => screen.findByRole('textbox', { name: 'Quantity' });

describe('the order ticket', () => {
  it('opens on one lot, with the focus on the quantity', async () => {
    await opened({ ...CALL, action: 'BUY' });
    await expect.poll(async () => (await quantity()).getAttribute('value')).toBe('75');
    expect(await quantity()).toHaveFocus();
  });

  it('offers only the products of the exchange', async () => {
    await opened({ ...CALL, action: 'BUY' });
    expect(await screen.findByRole('radio', { name: 'NRML' })).toBeChecked();
    expect(screen.queryByRole('radio', { name: 'CNC' })).not.toBeInTheDocument();
  });

  it('places with Enter, closes, and says PRACTICE at the practice exchange', async () => {
    const { user } = await opened({ ...CALL, action: 'SELL', quantity: 150 });
    const place = await screen.findByRole('button', { name: 'Place PRACTICE SELL' });
    await expect.poll(() => place.hasAttribute('disabled')).toBe(false);
    await user.type(await quantity(), '{Enter}');
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    expect(sentRequests('POST', '/orders')[0]?.body).toEqual({
      ...CALL,
      action: 'SELL',
      quantity: 150,
      pricetype: 'MARKET',
      product: 'NRML',
      strategy: 'Desk',
      client_order_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('finds an option by its place, of the index that cannot be traded itself', async () => {
    serveOptions(resetDesk());
    const { user } = await opened({ symbol: 'NIFTY', exchange: 'NSE_INDEX', action: 'SELL' });
    await user.click(await screen.findByRole('button', { name: 'Pick an option' }));
    const dialog = await screen.findByRole('dialog', { name: 'Pick an option' });
    await user.click(within(dialog).getByRole('radio', { name: 'Distance' }));
    const choose = within(dialog).getByRole('button', { name: 'Trade this option' });
    await expect.poll(() => choose.hasAttribute('disabled')).toBe(false);
    await user.click(choose);
    expect(await screen.findByRole('dialog', { name: /^Order ticket NIFTY.+CE$/ })).toBeVisible();
    expect(useTicket.getState().request).toMatchObject({ exchange: 'NFO', action: 'SELL' });
  });

  it('keeps standing when the dialog of options is left by Esc', async () => {
    serveOptions(resetDesk());
    const { user } = await opened({ action: 'BUY' });
    await user.click(screen.getByRole('button', { name: 'Pick an option' }));
    await screen.findByRole('dialog', { name: 'Pick an option' });
    await user.keyboard('{Escape}');
    await expect.poll(() => screen.queryByRole('dialog', { name: 'Pick an option' })).toBeNull();
    expect(screen.getByRole('dialog', { name: 'Order ticket' })).toBeVisible();
  });

  it('says PAPER while paper trading', async () => {
    resetDesk().mode = 'analyze';
    await opened({ ...CALL, action: 'BUY' });
    expect(await screen.findByRole('button', { name: 'Place PAPER BUY' })).toBeVisible();
  });

  it('closes with Esc and sends nothing', async () => {
    const { user } = await opened({ ...CALL, action: 'BUY' });
    await user.type(await quantity(), '{Escape}');
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
    expect(sentRequests('POST', '/orders')).toHaveLength(0);
  });

  it('stops a quantity off the lot before it is sent', async () => {
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 80 });
    await screen.findByText('Lot 75');
    await user.click(screen.getByRole('button', { name: 'Place PRACTICE BUY' }));
    expect(await screen.findByText('Quantity must be in multiples of lot size 75')).toBeVisible();
    expect(sentRequests('POST', '/orders')).toHaveLength(0);
  });

  it('steps by lots with the arrow keys', async () => {
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 75 });
    await screen.findByText('Lot 75');
    await user.type(await quantity(), '{ArrowUp}');
    expect(await quantity()).toHaveValue('150');
  });

  it("shows the server's complaint under its field", async () => {
    server.use(
      http.post('*/ui/api/orders', () =>
        HttpResponse.json(
          {
            status: 'error',
            message: 'quantity: above the freeze limit',
            errors: { quantity: ['above the freeze limit'] },
          },
          { status: 400 },
        ),
      ),
    );
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 75 });
    await user.type(await quantity(), '{Enter}');
    expect(await screen.findByText('above the freeze limit')).toBeVisible();
    expect(await quantity()).toHaveAttribute('aria-invalid', 'true');
  });

  it('calls a lost answer unknown and repeats under the same id', async () => {
    const ids: unknown[] = [];
    server.use(
      http.post('*/ui/api/orders', async ({ request }) => {
        ids.push(((await request.json()) as { client_order_id: string }).client_order_id);
        return HttpResponse.error();
      }),
    );
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 75 });
    await user.type(await quantity(), '{Enter}');
    expect(await screen.findByText('Outcome not known')).toBeVisible();
    await user.type(await quantity(), '{Enter}');
    await expect.poll(() => ids.length).toBe(2);
    expect(ids[0]).toBe(ids[1]);
    await expect
      .poll(() => screen.getByRole('button', { name: 'Place PRACTICE BUY' }).hasAttribute('disabled'))
      .toBe(false);
    await user.clear(await quantity());
    await user.type(await quantity(), '150{Enter}');
    await expect.poll(() => ids.length).toBe(3);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('remembers product and quantity of a symbol', async () => {
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 300 });
    await user.click(await screen.findByRole('radio', { name: 'MIS' }));
    await user.type(await quantity(), '{Enter}');
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    act(() => openTicket({ ...CALL, action: 'SELL' }));
    expect(await quantity()).toHaveValue('300');
    expect(screen.getByRole('radio', { name: 'MIS' })).toBeChecked();
  });

  describe('with real money', () => {
    const consent = () => screen.findByLabelText(/^First order with real money/);

    it('asks for the typed word before the first order, and says what is missing', async () => {
      resetDesk(MockDesk.withRealMoney());
      const { user } = await opened({ ...CALL, action: 'BUY', quantity: 75 });
      await user.type(await quantity(), '{Enter}');
      expect(await screen.findByText('type LIVE in capitals')).toBeVisible();
      expect(await consent()).toHaveFocus();
      await user.type(await consent(), 'live{Enter}');
      expect(await screen.findByText('type LIVE in capitals')).toBeVisible();
      expect(sentRequests('POST', '/orders')).toHaveLength(0);
      await user.clear(await consent());
      await user.type(await consent(), 'LIVE');
      await user.click(screen.getByRole('button', { name: 'Place LIVE BUY' }));
      await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
      expect(sentRequests('POST', '/orders')).toHaveLength(1);
      expect(sentRequests('POST', '/orders')[0]?.body).not.toHaveProperty('consent');
    });

    it('asks once per account and sign-in', async () => {
      const desk = resetDesk(MockDesk.withRealMoney());
      const { user, queryClient } = await opened({ ...CALL, action: 'BUY', quantity: 75 });
      await user.type(await consent(), 'LIVE{Enter}');
      await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
      act(() => openTicket({ ...CALL, action: 'BUY' }));
      expect(await screen.findByRole('button', { name: 'Place LIVE BUY' })).toBeVisible();
      expect(screen.queryByLabelText(/^First order/)).not.toBeInTheDocument();
      for (const account of desk.accounts) account.active = false;
      desk.addAccount('zerodha', 'Second account').active = true;
      await act(() => queryClient.invalidateQueries());
      expect(await consent()).toBeVisible();
    });

    it('is in the button and in the frame', async () => {
      resetDesk(MockDesk.withRealMoney());
      await opened({ ...CALL, action: 'SELL' });
      expect(await screen.findByRole('button', { name: 'Place LIVE SELL' })).toBeVisible();
      expect(screen.getByText('LIVE', { exact: true })).toBeVisible();
      expect(screen.getByRole('dialog')).toHaveClass('border-live');
    });

    it.each([
      ['the practice exchange', 'live', MockDesk.inUse],
      ['paper trading', 'analyze', MockDesk.withRealMoney],
    ] as const)('is not at stake with %s, so no word is asked', async (_name, mode, make) => {
      resetDesk(make()).mode = mode;
      await opened({ ...CALL, action: 'BUY' });
      await quantity();
      expect(screen.queryByLabelText(/^First order/)).not.toBeInTheDocument();
      expect(screen.getByRole('dialog')).not.toHaveClass('border-live');
    });
  });

  it('has nothing to sell for an index', async () => {
    await opened({ symbol: 'NIFTY', exchange: 'NSE_INDEX', action: 'BUY' });
    expect(await screen.findByText(/cannot be traded/)).toBeVisible();
    expect(screen.queryByRole('button', { name: /^Place/ })).not.toBeInTheDocument();
  });
});
