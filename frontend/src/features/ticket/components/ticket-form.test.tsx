import { act, screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { DockedTicket } from '@/features/ticket/components/docked-ticket';
import { OrderTicket } from '@/features/ticket/components/order-ticket';
import { queryKeys } from '@/lib/query-keys';
import { offerPrice, openTicket, useTicket } from '@/stores/ticket';
import { renderInDesk } from '@/testing/render';
import { sentRequests, server } from '@/testing/server';

const CALL = { symbol: 'NIFTY24DEC2625400CE', exchange: 'NFO' };
const SBIN = { symbol: 'SBIN', exchange: 'NSE' };

beforeEach(() => {
  useTicket.setState({
    request: null,
    remembered: {},
    last: null,
    shown: null,
    offered: null,
    isDocked: false,
  });
});

const box = (name: string) => screen.findByRole('textbox', { name });
const sent = () => sentRequests('POST', '/orders')[0]?.body;

async function opened(request: Parameters<typeof openTicket>[0]) {
  const desk = renderInDesk(<OrderTicket />);
  act(() => openTicket(request));
  await screen.findByRole('button', { name: /^Place PRACTICE/ });
  return desk;
}

describe('the form of a ticket', () => {
  it('keeps lots and quantity in step', async () => {
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 75 });
    const lots = await box('Lots');
    await user.clear(lots);
    await user.type(lots, '4');
    expect(await box('Quantity')).toHaveValue('300');
    await user.type(await box('Quantity'), '{ArrowDown}');
    expect(lots).toHaveValue('3');
  });

  it('leaves in parts above the freeze limit, and says so on the button', async () => {
    server.use(
      http.post('*/ui/api/orders', async ({ request }) => {
        const { split } = (await request.json()) as { split: boolean };
        const part = { quantity: 1800, status: 'success', orderid: '1' };
        return HttpResponse.json({ status: 'success', data: split ? { results: [part, part] } : {} });
      }),
    );
    const { user } = await opened({ ...CALL, action: 'BUY', quantity: 3600 });
    expect(await screen.findByText('Above the freeze limit 1,800: leaves in 2 orders')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Place PRACTICE BUY in 2 orders' }));
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    expect(await screen.findByText('In 2 orders')).toBeVisible();
  });

  it('sends the exits that were typed with the order', async () => {
    const { user } = await opened({ ...SBIN, action: 'BUY', quantity: 5 });
    await user.click(screen.getByRole('button', { name: /^Protect/ }));
    await user.click(within(screen.getByRole('radiogroup', { name: 'Stop-loss as' })).getByText('%'));
    await user.type(await box('Stop-loss'), '2');
    await user.type(await box('Quantity'), '{Enter}');
    await expect.poll(sent).toMatchObject({ quantity: 5, exits: { stoploss: { percent: 2 } } });
  });

  it('opens the exits where the server complains of one', async () => {
    server.use(
      http.post('*/ui/api/orders', () =>
        HttpResponse.json(
          { status: 'error', message: 'exits: no', errors: { 'exits.target': ['lies on the wrong side'] } },
          { status: 400 },
        ),
      ),
    );
    const { user } = await opened({ ...SBIN, action: 'BUY', quantity: 5 });
    await user.type(await box('Quantity'), '{Enter}');
    expect(await screen.findByText('lies on the wrong side')).toBeVisible();
  });

  it('turns the side with B and S while a figure is typed, with Shift at the touch', async () => {
    const { user, feed } = await opened({ ...SBIN, action: 'BUY', quantity: 5 });
    act(() => {
      feed.client.quotes.merge(SBIN, { bid: 968.2, ask: 968.3 });
      feed.paint();
    });
    await user.type(await box('Quantity'), 's');
    expect(screen.getByRole('button', { name: 'Place PRACTICE SELL' })).toBeVisible();
    await user.keyboard('{Shift>}B{/Shift}');
    expect(screen.getByRole('button', { name: 'Place PRACTICE BUY' })).toBeVisible();
    expect(await box('Price')).toHaveValue('968.30');
    expect(await box('Quantity')).toHaveValue('5');
  });

  it('takes a price that is pointed at, and keeps the quantity', async () => {
    await opened({ ...SBIN, action: 'BUY', quantity: 7 });
    act(() => offerPrice(SBIN, 970.1, 'SELL'));
    expect(await screen.findByRole('button', { name: 'Place PRACTICE SELL' })).toBeVisible();
    expect(await box('Price')).toHaveValue('970.10');
    expect(await box('Quantity')).toHaveValue('7');
  });

  it('says what an order would bind and cost, and what nobody knows', async () => {
    const { user } = await opened({ ...SBIN, action: 'BUY', quantity: 10 });
    await user.click(screen.getByRole('radio', { name: 'LIMIT' }));
    await user.type(await box('Price'), '960');
    expect(await screen.findByText('₹1,18,412.50')).toBeVisible();
    expect(await screen.findByText('₹9,600.00')).toBeVisible();
    server.use(
      http.post('*/ui/api/margin', () =>
        HttpResponse.json({ status: 'error', message: 'not offered' }, { status: 501 }),
      ),
    );
    await user.type(await box('Price'), '5');
    expect(screen.queryByText('₹1,18,412.50')).not.toBeInTheDocument();
    expect(await screen.findByText('not known')).toBeVisible();
  });

  it('shows the order in the book before the answer, once for two presses, and takes it back when refused', async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const calls: string[] = [];
    server.use(
      http.post('*/ui/api/orders', async ({ request }) => {
        calls.push(request.url);
        await answered;
        return HttpResponse.json({ status: 'error', message: 'No margin' }, { status: 400 });
      }),
    );
    const { user, queryClient } = await opened({ ...SBIN, action: 'BUY', quantity: 3 });
    queryClient.setQueryData(queryKeys.orders, { orders: [] });
    const rows = () => queryClient.getQueryData<{ orders: object[] }>(queryKeys.orders)?.orders;
    await user.type(await box('Quantity'), '{Enter}{Enter}');
    await expect.poll(rows).toMatchObject([{ symbol: 'SBIN', pending: 'place' }]);
    answer();
    expect(await screen.findByText('No margin')).toBeVisible();
    expect(rows()).toEqual([]);
    expect(calls).toHaveLength(1);
  });
});

describe('the docked ticket', () => {
  const docked = () => screen.findByRole('region', { name: /^Order ticket/ });

  it('stands ready for the instrument that is looked at, without taking the focus, and nothing floats', async () => {
    renderInDesk(
      <>
        <DockedTicket of={SBIN} />
        <OrderTicket />
      </>,
    );
    expect(await docked()).toHaveAccessibleName('Order ticket SBIN');
    await screen.findByRole('button', { name: 'Place PRACTICE BUY' });
    expect(document.body).toHaveFocus();
    act(() => openTicket({ ...CALL, action: 'SELL' }));
    expect(await docked()).toHaveAccessibleName(`Order ticket ${CALL.symbol}`);
    expect(await box('Quantity')).toHaveFocus();
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  it('goes back to its instrument, and gives the focus back, once the order is out', async () => {
    const { user } = renderInDesk(
      <>
        <button type="button">row</button>
        <DockedTicket of={SBIN} />
      </>,
    );
    await screen.findByRole('button', { name: 'Place PRACTICE BUY' });
    screen.getByRole('button', { name: 'row' }).focus();
    act(() => openTicket({ ...CALL, action: 'SELL' }));
    await screen.findByRole('button', { name: 'Place PRACTICE SELL' });
    await user.type(await box('Quantity'), '{Enter}');
    await expect.poll(async () => (await docked()).getAttribute('aria-label')).toBe('Order ticket SBIN');
    expect(screen.getByRole('button', { name: 'row' })).toHaveFocus();
    expect(sent()).toMatchObject({ ...CALL, action: 'SELL', quantity: 75 });
  });
});
