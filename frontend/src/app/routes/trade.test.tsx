import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { Component as TradeRoute } from '@/app/routes/trade';
import type { Desk } from '@/features/workspace/model/desk';
import { openTicket, useTicket } from '@/stores/ticket';
import { FakeChart } from '@/testing/fake-chart';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

vi.mock('lightweight-charts', async () => (await import('@/testing/fake-chart')).fakeLibrary);

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const NOW = Date.parse('2026-11-20T11:02:00+05:30');

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW);
  useTicket.setState({
    request: null,
    remembered: {},
    last: SBIN,
    shown: null,
    offered: null,
    isDocked: false,
  });
});

/** By label: the roles of so many parts take their time to be told. */
const labelled = (label: string) =>
  waitFor(
    () => {
      const found = document.querySelector<HTMLElement>(`[aria-label^="${label}"]`);
      if (!found) throw new Error(`nothing is labelled ${label}`);
      return found;
    },
    { timeout: 30_000 },
  );
const chartOf = (symbol: string) => labelled(`Chart of ${symbol} on`);

async function followed(symbol: string) {
  await chartOf(symbol);
  await labelled(`Market depth of ${symbol}`);
  await labelled(`Order ticket ${symbol}`);
}

it('shows one instrument in chart, ladder and ticket, and all follow the one that B or S names', async () => {
  const mock = resetDesk();
  renderInDesk(<TradeRoute />, '/trade');
  await followed('SBIN');
  act(() => openTicket({ symbol: 'TCS', exchange: 'NSE', action: 'SELL' }));
  await followed('TCS');
  await waitFor(() =>
    expect((mock.documents.layouts?.value as Partial<Desk> | undefined)?.symbols?.a).toEqual({
      symbol: 'TCS',
      exchange: 'NSE',
    }),
  );
});

it('draws exits and GTTs on the chart, and asks in their own dialogs when one is dragged', async () => {
  const mock = resetDesk();
  mock.positions = [{ ...SBIN, product: 'MIS', quantity: 10, average_price: 968, realized_pnl: 0 }];
  mock.exits = [
    {
      ...SBIN,
      exit_id: 'EXT-1',
      status: 'active',
      product: 'MIS',
      position: 'long',
      quantity: 10,
      stoploss: 940,
      target: null,
      trailing_stop: null,
      exits: { stoploss: { percent: 3 } },
      reason: '',
    },
  ];
  renderInDesk(<TradeRoute />, '/trade');
  const chart = await chartOf('SBIN');
  await waitFor(() => expect([...FakeChart.current.candles.lines.keys()]).toContain('exit:EXT-1:stoploss'));
  const at = (price: number) => ({ clientY: 2000 - price, isPrimary: true, button: 0, pointerId: 1 });
  fireEvent.pointerDown(chart, at(940));
  fireEvent.pointerMove(chart, at(945));
  fireEvent.pointerUp(chart, at(945));
  const dialog = within(await screen.findByRole('dialog', { name: 'Protect SBIN MIS' }));
  expect(dialog.getByRole('textbox', { name: 'Stop-loss' })).toHaveValue('945');
  expect(FakeChart.current.candles.lines.get('exit:EXT-1:stoploss')?.title).toBe('SL 10 MIS…');
});

it('is tabs on a phone, and a row of the list leads to its chart', async () => {
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: /max-width/.test(query),
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
  const { user } = renderInDesk(<TradeRoute />, '/trade');
  const list = await labelled('Watchlist');
  const row = await waitFor(() => {
    const found = list.querySelector<HTMLElement>('[data-symbol="TCS"], [data-symbol]');
    if (!found) throw new Error('no row yet');
    return found;
  });
  await user.click(row);
  expect(screen.getByRole('tab', { name: 'Chart' })).toHaveAttribute('data-state', 'active');
  await chartOf(row.dataset.symbol ?? '');
  expect(document.querySelector('[aria-label^="Order ticket"]')).toBeNull();
});
