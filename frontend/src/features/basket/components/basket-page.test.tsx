import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { BasketPage } from '@/features/basket/components/basket-page';
import { type NewLeg, useBasket } from '@/stores/basket';
import { MockDesk } from '@/testing/desk/mock-desk';
import { serveOptions } from '@/testing/options-server';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

const leg = (symbol: string, action: 'BUY' | 'SELL'): NewLeg => ({
  symbol: `NIFTY24DEC26${symbol}`,
  exchange: 'NFO',
  action,
  lotSize: 75,
  tickSize: 0.05,
});
const STRANGLE = [leg('25300PE', 'SELL'), leg('25500CE', 'SELL'), leg('25700CE', 'BUY')];

let sentTo: ReturnType<typeof serveOptions>;
beforeEach(() => {
  sentTo = serveOptions(resetDesk());
  useBasket.getState().replace([]);
});

function opened(legs: readonly NewLeg[] = STRANGLE) {
  useBasket.getState().replace(legs);
  return renderInDesk(<BasketPage />);
}

const sendButton = () => screen.findByRole('button', { name: /^Send \w+ basket/ });

async function askToSend({ user }: ReturnType<typeof opened>) {
  await waitFor(async () => expect(await sendButton()).toBeEnabled());
  await user.click(await sendButton());
  return screen.findByRole('dialog');
}

describe('the basket', () => {
  it('is filled by a strategy, with contracts that the server counted from the money', async () => {
    const { user } = opened([]);
    expect(await screen.findByText('No legs yet')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Strategies' }));
    const condor = await screen.findByRole('button', { name: 'Iron condor' });
    await waitFor(() => expect(condor).toBeEnabled());
    await user.click(condor);
    const legs = await screen.findByRole('list', { name: 'Legs' });
    expect(within(legs).getAllByRole('listitem')).toHaveLength(4);
    expect(useBasket.getState().legs.map(({ action }) => action)).toEqual(['BUY', 'SELL', 'SELL', 'BUY']);
    expect(sentTo('/options/pick')[0]?.body).toMatchObject({
      underlying: 'NIFTY',
      exchange: 'NSE_INDEX',
    });
  });

  it('arranges the figures of its legs in any browser, and hides no trigger that an order needs', async () => {
    const desk = resetDesk();
    sentTo = serveOptions(desk);
    desk.documents['columns.baskets'] = {
      version: 1,
      value: { order: ['product', 'lots'], hidden: ['trigger', 'price'], shown: [], widths: {} },
    };
    const { user } = opened([leg('25300PE', 'SELL')]);
    const row = within(await screen.findByRole('listitem', { name: /^Leg 1: SELL/ }));
    await waitFor(() => expect(row.queryByLabelText('Leg 1 trigger price')).not.toBeInTheDocument());
    expect(row.getByLabelText('Leg 1 price')).toBeVisible();
    const product = row.getByLabelText('Leg 1 product');
    const lots = row.getByLabelText('Leg 1 lots');
    expect(product.compareDocumentPosition(lots)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    await user.selectOptions(row.getByLabelText('Leg 1 order type'), 'SL');
    expect(await row.findByLabelText('Leg 1 trigger price')).toBeEnabled();
    await user.click(screen.getByRole('button', { name: 'Columns' }));
    expect(screen.getByRole('checkbox', { name: 'Trigger' })).toBeDisabled();
    await user.click(screen.getByRole('checkbox', { name: 'LTP' }));
    await waitFor(() =>
      expect(desk.documents['columns.baskets']?.value).toMatchObject({
        hidden: expect.arrayContaining(['ltp']),
      }),
    );
  });

  it('takes options by their place, one after the other', async () => {
    const { user } = opened([]);
    await user.click(await screen.findByRole('button', { name: 'Pick an option' }));
    const dialog = await screen.findByRole('dialog', { name: 'Pick an option' });
    await user.click(within(dialog).getByRole('radio', { name: 'Distance' }));
    const addLeg = within(dialog).getByRole('button', { name: 'Add a leg' });
    await waitFor(() => expect(addLeg).toBeEnabled());
    await user.click(addLeg);
    await user.click(within(dialog).getByRole('radio', { name: 'PE' }));
    await waitFor(() => expect(within(dialog).getByRole('status')).toHaveTextContent(/PE/));
    await user.click(addLeg);
    expect(useBasket.getState().legs.map(({ symbol, lotSize }) => [symbol.slice(-2), lotSize])).toEqual([
      ['CE', 75],
      ['PE', 75],
    ]);
  });

  it('shows the payoff with breakevens, extremes, chance and margin, and as a table', async () => {
    const { user } = opened();
    expect(await screen.findByText('25,100.50')).toBeVisible();
    expect(screen.getByText('Unlimited')).toBeVisible();
    expect(screen.getByText('74.8%')).toBeVisible();
    expect(await screen.findByText('₹1,18,412.50')).toBeVisible();
    await user.click(screen.getByText('Figures as a table'));
    expect(within(screen.getByRole('table', { name: 'Payoff' })).getAllByRole('row').length).toBeGreaterThan(
      4,
    );
  });

  it('says its figures by the arrow keys of the chart', async () => {
    const { user } = opened();
    const chart = await screen.findByRole('slider', { name: 'Payoff at a price of the underlying' });
    const before = Number(chart.getAttribute('aria-valuenow'));
    chart.focus();
    await user.keyboard('{ArrowRight}');
    expect(Number(chart.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
    expect(chart.getAttribute('aria-valuetext')).toMatch(/at expiry [+−][\d,.]+/);
  });

  it('weighs only the legs that count, with the day and volatility asked for', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('checkbox', { name: 'Leg 3 counts' }));
    await expect
      .poll(() => (sentTo('/options/payoff').at(-1)?.body.legs as unknown[] | undefined)?.length)
      .toBe(2);
  });

  it('edits, moves and removes legs', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('button', { name: 'Leg 1: one lot more' }));
    await user.click(screen.getByRole('button', { name: 'Leg 1 side: SELL' }));
    await user.click(screen.getByRole('button', { name: 'Move Leg 1 down' }));
    await user.click(screen.getByRole('button', { name: 'Remove Leg 3' }));
    expect(
      useBasket.getState().legs.map(({ symbol, action, lots }) => [symbol.slice(-7), action, lots]),
    ).toEqual([
      ['25500CE', 'SELL', 1],
      ['25300PE', 'BUY', 2],
    ]);
  });

  it('cannot be sent while a limit has no price, or a contract is not listed any more', async () => {
    const { user } = opened([leg('25500CE', 'SELL'), { ...leg('99999CE', 'BUY') }]);
    expect(await screen.findByText(/NIFTY24DEC2699999CE' not found/)).toBeVisible();
    expect(await sendButton()).toBeDisabled();
    await user.click(screen.getByRole('button', { name: 'Remove Leg 2' }));
    await waitFor(async () => expect(await sendButton()).toBeEnabled());
    await user.selectOptions(screen.getByRole('combobox', { name: 'Leg 1 order type' }), 'LIMIT');
    expect(await screen.findByText('LIMIT orders require price')).toBeVisible();
    expect(await sendButton()).toBeDisabled();
  });

  it('is sent as one basket, whatever is clicked twice, and tells every outcome', async () => {
    const desk = opened();
    const dialog = await askToSend(desk);
    const planned = within(within(dialog).getByRole('list', { name: 'Orders to send' })).getAllByRole(
      'listitem',
    );
    expect(planned[0]).toHaveTextContent('BUY 75 NIFTY24DEC2625700CE');
    await desk.user.click(within(dialog).getByRole('checkbox', { name: /^All or none/ }));
    await desk.user.dblClick(within(dialog).getByRole('button', { name: 'Send PRACTICE basket' }));
    const results = await screen.findByRole('table', { name: 'Results' });
    expect(within(results).getAllByText('Sent')).toHaveLength(3);
    const sent = sentTo('/basket');
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body).toMatchObject({
      all_or_none: true,
      client_order_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    await desk.user.click(screen.getByRole('button', { name: 'Clear the basket' }));
    expect(await screen.findByText('No legs yet')).toBeVisible();
  });

  it('calls a lost answer unknown and repeats under the same id', async () => {
    const ids: unknown[] = [];
    server.use(
      http.post('*/ui/api/basket', async ({ request }) => {
        ids.push(((await request.json()) as { client_order_id: string }).client_order_id);
        return HttpResponse.error();
      }),
    );
    const desk = opened();
    const dialog = await askToSend(desk);
    const button = within(dialog).getByRole('button', { name: 'Send PRACTICE basket' });
    await desk.user.click(button);
    expect(await screen.findByText('Outcome not known')).toBeVisible();
    await waitFor(() => expect(button).toBeEnabled());
    await desk.user.click(button);
    await expect.poll(() => ids.length).toBe(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('tells the complaint of the server at the leg it is about', async () => {
    server.use(
      http.post('*/ui/api/basket', () =>
        HttpResponse.json(
          {
            status: 'error',
            message: 'orders.1: above the limit',
            errors: { 'orders.1': ['above the limit'] },
          },
          { status: 400 },
        ),
      ),
    );
    const desk = opened();
    const dialog = await askToSend(desk);
    await desk.user.click(within(dialog).getByRole('button', { name: 'Send PRACTICE basket' }));
    const told = await within(dialog).findByText('above the limit');
    expect(told.closest('li')).toHaveTextContent('25500CE');
  });

  it('asks for the typed word before the first orders with real money', async () => {
    sentTo = serveOptions(resetDesk(MockDesk.withRealMoney()));
    const desk = opened();
    const dialog = await askToSend(desk);
    const button = within(dialog).getByRole('button', { name: 'Send LIVE basket' });
    await desk.user.click(button);
    expect(await screen.findByText('type LIVE in capitals')).toBeVisible();
    expect(sentTo('/basket')).toHaveLength(0);
    await desk.user.type(screen.getByLabelText(/^First order with real money/), 'LIVE');
    await desk.user.click(button);
    await screen.findByRole('table', { name: 'Results' });
    expect(sentTo('/basket')).toHaveLength(1);
  });

  it('is saved on the server by name and opened again', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('button', { name: 'Save' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Monday strangle');
    await user.click(screen.getByRole('button', { name: 'Save basket' }));
    expect(await screen.findByText('Basket “Monday strangle” saved')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Clear' }));
    await user.click(screen.getByRole('button', { name: 'Open' }));
    await user.click(await screen.findByRole('button', { name: /^Monday strangle/ }));
    expect(within(await screen.findByRole('list', { name: 'Legs' })).getAllByRole('listitem')).toHaveLength(
      3,
    );
  });
});
