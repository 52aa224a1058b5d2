import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChainPage } from '@/features/option-chain/components/chain-page';
import { useChainPreferences } from '@/features/option-chain/hooks/preferences';
import { FIRST_COLUMNS } from '@/features/option-chain/model/columns';
import { useBasket } from '@/stores/basket';
import { useTicket } from '@/stores/ticket';
import { serveOptions } from '@/testing/options-server';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

beforeEach(() => {
  serveOptions(resetDesk());
  useBasket.getState().replace([]);
  useTicket.setState({ request: null });
  useChainPreferences.setState({ view: 'prices', target: 'ticket', columns: FIRST_COLUMNS });
});

const table = () => screen.findByRole('table', { name: 'Option chain of NIFTY' });

/** The row at the money, and the symbols of its two contracts. */
async function moneyRow() {
  const header = await within(await table()).findByRole('rowheader', { name: /at the money/ });
  const row = header.closest('tr');
  if (!row) throw new Error('no row');
  const strike = header.textContent?.replace(/\D/g, '');
  return { row: within(row), call: `NIFTY24DEC26${strike}CE`, put: `NIFTY24DEC26${strike}PE` };
}

/** Few strikes, so that looking by role stays quick. */
const opened = (strikes = 2) =>
  renderInDesk(<ChainPage />, `/optionchain?underlying=NIFTY&exchange=NSE_INDEX&strikes=${strikes}`);

describe('the option chain', () => {
  it('looks as the user left it in any browser, and keeps what is chosen', async () => {
    const desk = resetDesk();
    serveOptions(desk);
    const columns = { prices: ['ltp'], greeks: ['delta', 'ltp', 'of a later release'] };
    desk.documents.option_chain = { version: 1, value: { view: 'greeks', target: 'ticket', columns } };
    const { user } = opened();
    expect(await screen.findAllByRole('columnheader', { name: 'Delta' })).toHaveLength(2);
    expect(screen.queryByRole('columnheader', { name: 'OI' })).not.toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'Prices' }));
    await waitFor(() =>
      expect(desk.documents.option_chain?.value).toMatchObject({
        view: 'prices',
        columns: { greeks: ['delta', 'ltp'] },
      }),
    );
  });

  it('shows calls, strikes and puts of the first expiry, with totals and their age', async () => {
    opened();
    const { row } = await moneyRow();
    expect(row.getAllByText('14.50')).toHaveLength(2);
    expect(screen.getByText('1.20')).toBeVisible();
    expect(screen.getByRole('link', { name: /^24 Dec/ })).toHaveAttribute('aria-current', 'true');
    expect(screen.getByText(/s old/)).toBeVisible();
  });

  it('says why a volatility is missing instead of printing 0', async () => {
    opened(20);
    const [dash] = await screen.findAllByTitle('the price holds no time value');
    expect(dash).toHaveTextContent('–');
  });

  it('streams prices of the rows in view and asks for no others', async () => {
    const { feed } = opened();
    const { call, row } = await moneyRow();
    feed.client.start();
    await expect.poll(() => feed.sockets.length).toBe(1);
    feed.newest().authenticate();
    const asked = feed
      .newest()
      .sentActions('subscribe')
      .flatMap(({ symbols }) => symbols as { symbol: string }[]);
    expect(new Set(asked.map(({ symbol }) => symbol)).size).toBe(11);
    expect(asked.some(({ symbol }) => symbol === call)).toBe(true);
    feed.newest().tick({ symbol: call, exchange: 'NFO' }, { ltp: 1234.55 });
    feed.paint();
    expect(await row.findByText('1,234.55')).toBeVisible();
  });

  it('counts open interest from the day before with each tick, and has a dash where nobody knows that', async () => {
    const { feed } = opened();
    const { call, put, row } = await moneyRow();
    feed.client.start();
    await expect.poll(() => feed.sockets.length).toBe(1);
    feed.newest().authenticate();
    for (const symbol of [call, put])
      feed.newest().tick({ symbol, exchange: 'NFO' }, { ltp: 14.5, oi: 1_62_500 });
    feed.paint();
    expect(await row.findByTitle('+8.33%')).toHaveTextContent('+12,500');
    expect(row.getAllByTitle('not known').map((one) => one.textContent)).toEqual(['– not known']);
    feed.newest().tick({ symbol: call, exchange: 'NFO' }, { ltp: 14.5, oi: 1_35_000 });
    feed.paint();
    expect(await row.findByText('−15,000')).toBeVisible();
  });

  it('opens the ticket from B of a side, or fills the basket when that is chosen', async () => {
    const { user } = opened();
    const { row, call, put } = await moneyRow();
    await user.click(row.getByRole('button', { name: `Buy ${call}` }));
    expect(useTicket.getState().request).toMatchObject({ symbol: call, action: 'BUY' });
    await user.click(screen.getByRole('radio', { name: 'Basket' }));
    await user.click(row.getByRole('button', { name: `Sell ${put}` }));
    expect(useBasket.getState().legs).toMatchObject([
      { symbol: put, exchange: 'NFO', action: 'SELL', lots: 1, lotSize: 75 },
    ]);
    expect(screen.getByRole('link', { name: /^Basket\s*1$/ })).toBeVisible();
  });

  it('is walked by arrow keys, and S on a contract sells it into the basket', async () => {
    useChainPreferences.setState({ target: 'basket' });
    const { user } = opened();
    await table();
    const cell = document.querySelector<HTMLElement>('[data-cell$=":ce"][tabindex="0"]');
    cell?.focus();
    await user.keyboard('{ArrowRight}');
    await expect.poll(() => document.activeElement?.getAttribute('data-cell')).toMatch(/:pe$/);
    await user.keyboard('s');
    expect(useBasket.getState().legs).toMatchObject([{ action: 'SELL' }]);
    expect(useBasket.getState().legs[0]?.symbol).toMatch(/PE$/);
  });

  it('changes between prices and Greeks with G', async () => {
    const { user } = opened();
    await table();
    expect(screen.queryByRole('columnheader', { name: 'Delta' })).not.toBeInTheDocument();
    await user.keyboard('g');
    expect(await screen.findAllByRole('columnheader', { name: 'Delta' })).toHaveLength(2);
    expect(screen.queryByRole('columnheader', { name: 'Bid' })).not.toBeInTheDocument();
  });

  it('keeps the choice of columns for the view', async () => {
    const { user } = opened();
    await table();
    await user.click(screen.getByRole('button', { name: 'Columns' }));
    await user.click(screen.getByRole('checkbox', { name: 'Bid' }));
    expect(screen.queryByRole('columnheader', { name: 'Bid', hidden: true })).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'As at first' }));
    expect(screen.getAllByRole('columnheader', { name: 'Bid', hidden: true })).toHaveLength(2);
  });

  it('keeps old figures when a refresh fails, and says so', async () => {
    const { queryClient } = opened();
    await moneyRow();
    server.use(
      http.get('*/ui/api/options/chain', () =>
        HttpResponse.json({ status: 'error', message: 'The broker does not answer' }, { status: 503 }),
      ),
    );
    await queryClient.invalidateQueries({ queryKey: ['options', 'chain'] });
    expect(await screen.findByText(/Not up to date: The broker does not answer/)).toBeVisible();
    expect(await table()).toBeVisible();
  });

  it('says what the server says about an underlying without options', async () => {
    renderInDesk(<ChainPage />, '/optionchain?underlying=NOSUCH&exchange=NSE');
    expect(await screen.findByText('Symbol NOSUCH not found on NSE')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
});
