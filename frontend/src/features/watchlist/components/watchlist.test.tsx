import { act, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { Watchlist } from '@/features/watchlist/components/watchlist';
import { useTicket } from '@/stores/ticket';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

const ref = (symbol: string, exchange = 'NSE') => ({ symbol, exchange });
const SBIN = ref('SBIN');

function deskWith(...symbols: string[]) {
  const desk = resetDesk();
  desk.watchlist = symbols.map((symbol) => ref(symbol));
  return desk;
}

/** Two lists; the first has a group. */
function deskWithGroups() {
  const desk = resetDesk();
  desk.watchlists = {
    version: 4,
    lists: [
      {
        id: 'a',
        name: 'Banks',
        groups: [
          { id: 'top', name: '', collapsed: false, symbols: [SBIN, ref('HDFCBANK')] },
          { id: 'it', name: 'IT', collapsed: false, symbols: [ref('TCS'), ref('INFY')] },
        ],
      },
      { id: 'b', name: 'Others', groups: [{ id: 'top', name: '', collapsed: false, symbols: [ref('ITC')] }] },
    ],
  };
  return desk;
}

/** What the server keeps of the first list: `SBIN HDFCBANK | TCS INFY`. */
function kept(desk: ReturnType<typeof resetDesk>, list = 0): string {
  const groups = desk.watchlists?.lists[list]?.groups ?? [];
  return groups.map(({ symbols }) => symbols.map(({ symbol }) => symbol).join(' ')).join(' | ');
}

const rowOf = async (symbol: string) => (await screen.findByText(symbol)).closest('li') as HTMLElement;
const shown = () =>
  [...document.querySelectorAll<HTMLElement>('[data-line]')].map((line) => line.dataset.line);

it('adds what is picked from the search, once', async () => {
  const desk = deskWith('SBIN');
  const { user } = renderInDesk(<Watchlist />);
  await rowOf('SBIN');
  const box = screen.getByRole('combobox', { name: 'Add to watchlist' });
  for (const _ of [1, 2]) {
    await user.type(box, 'tcs');
    await screen.findAllByRole('option');
    await user.keyboard('{Enter}');
    await rowOf('TCS');
  }
  expect(await screen.findByText('TCS is on Watchlist already')).toBeVisible();
  await waitFor(() => expect(kept(desk)).toBe('SBIN TCS'));
});

it('removes a row by key and brings it back where it was', async () => {
  const desk = deskWith('SBIN', 'TCS', 'INFY');
  const { user } = renderInDesk(<Watchlist />);
  act(() => document.querySelector<HTMLElement>('[data-line]')?.focus());
  (await rowOf('TCS')).focus();
  await user.keyboard('{Delete}');
  await waitFor(() => expect(kept(desk)).toBe('SBIN INFY'));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(kept(desk)).toBe('SBIN TCS INFY'));
});

it('puts a removed instrument back when the server refuses', async () => {
  deskWith('SBIN');
  server.use(
    http.put('*/ui/api/watchlists', () =>
      HttpResponse.json({ status: 'error', message: 'disk is full' }, { status: 500 }),
    ),
  );
  const { user } = renderInDesk(<Watchlist />);
  (await rowOf('SBIN')).focus();
  await user.keyboard('{Delete}');
  expect(await screen.findByText('disk is full')).toBeVisible();
  expect(await rowOf('SBIN')).toBeVisible();
});

it('streams prices into its rows and sorts by change without losing the own order', async () => {
  const desk = deskWith('SBIN', 'TCS', 'INFY');
  const { feed, user } = renderInDesk(<Watchlist />);
  const row = await rowOf('SBIN');
  const move = (symbol: string, ltp: number) => feed.client.quotes.merge(ref(symbol), { ltp, close: 100 });
  act(() => {
    move('SBIN', 100.86);
    move('TCS', 98);
    move('INFY', 103);
    feed.paint();
  });
  expect(within(row).getByText('100.86')).toBeVisible();
  expect(within(row).getByText('+0.86%')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Sort by change' }));
  await waitFor(() => expect(shown()).toEqual(['NSE:INFY', 'NSE:SBIN', 'NSE:TCS']));
  await user.click(screen.getByRole('button', { name: 'Sort by change' }));
  await waitFor(() => expect(shown()).toEqual(['NSE:TCS', 'NSE:SBIN', 'NSE:INFY']));
  await user.click(screen.getByRole('button', { name: 'My own order' }));
  await waitFor(() => expect(shown()).toEqual(['NSE:SBIN', 'NSE:TCS', 'NSE:INFY']));
  expect(desk.watchlists?.version).toBe(0);
});

describe('by keyboard', () => {
  it('rows are walked, moved into the next group, and what happened is said', async () => {
    const desk = deskWithGroups();
    const { user } = renderInDesk(<Watchlist />);
    (await rowOf('SBIN')).focus();
    await user.keyboard('{ArrowDown}');
    await waitFor(async () => expect(await rowOf('HDFCBANK')).toHaveFocus());
    await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
    await waitFor(() => expect(kept(desk)).toBe('SBIN | HDFCBANK TCS INFY'));
    expect(await screen.findByText('HDFCBANK is 1 of 3 in IT')).toBeInTheDocument();
    await waitFor(async () => expect(await rowOf('HDFCBANK')).toHaveFocus());
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    await waitFor(() => expect(kept(desk)).toBe('SBIN HDFCBANK | TCS INFY'));
  });

  it('a group is folded and moved as a whole', async () => {
    const desk = deskWithGroups();
    const { user } = renderInDesk(<Watchlist />);
    const heading = await screen.findByRole('button', { name: /^IT/ });
    heading.focus();
    await user.keyboard('{ArrowLeft}');
    await waitFor(() => expect(screen.queryByText('TCS')).not.toBeInTheDocument());
    expect(heading).toHaveAttribute('aria-expanded', 'false');
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    await waitFor(() => expect(kept(desk)).toBe('TCS INFY | SBIN HDFCBANK'));
  });

  it('Enter chooses a row for who asked for it', async () => {
    deskWith('SBIN');
    const onSelect = vi.fn();
    const { user } = renderInDesk(<Watchlist onSelect={onSelect} selected={SBIN} />);
    const row = await rowOf('SBIN');
    expect(row).toHaveAttribute('aria-current', 'true');
    row.focus();
    await user.keyboard('{Enter}');
    expect(onSelect).toHaveBeenCalledWith(SBIN);
  });

  it('a letter opens depth, chart and option chain of the focused row', async () => {
    deskWith('SBIN');
    const { user, router } = renderInDesk(<Watchlist />);
    (await rowOf('SBIN')).focus();
    await user.keyboard('d');
    expect(await screen.findByRole('dialog', { name: 'Market depth of SBIN' })).toBeVisible();
    await user.keyboard('{Escape}');
    await waitFor(async () => expect(await rowOf('SBIN')).toHaveFocus());
    await user.keyboard('o');
    expect(router.state.location.pathname + router.state.location.search).toBe(
      '/optionchain?underlying=SBIN&exchange=NSE',
    );
    (await rowOf('SBIN')).focus();
    await user.keyboard('c');
    expect(router.state.location.pathname).toBe('/chart');
  });
});

it('moves a row to another list by its menu', async () => {
  const desk = deskWithGroups();
  const { user } = renderInDesk(<Watchlist />);
  (await rowOf('SBIN')).focus();
  await user.click(await screen.findByRole('button', { name: 'More about SBIN' }));
  for (const name of ['Move to', 'Others']) {
    act(() => screen.getByRole('menuitem', { name }).focus());
    await user.keyboard('{Enter}');
  }
  await waitFor(() => expect([kept(desk, 0), kept(desk, 1)]).toEqual(['HDFCBANK | TCS INFY', 'ITC SBIN']));
});

describe('lists', () => {
  it('are created, renamed, deleted, and come back', async () => {
    const desk = deskWithGroups();
    const { user } = renderInDesk(<Watchlist />);
    await user.click(await screen.findByRole('button', { name: 'New watchlist' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'banks{Enter}');
    expect(await screen.findByText('This name is taken')).toBeVisible();
    await user.clear(screen.getByRole('textbox', { name: 'Name' }));
    await user.type(screen.getByRole('textbox', { name: 'Name' }), 'Metals{Enter}');
    expect(await screen.findByRole('tab', { name: 'Metals', selected: true })).toBeVisible();
    expect(screen.getByText('Nothing watched yet')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Options of Metals' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete list' }));
    await waitFor(() => expect(screen.queryByRole('tab', { name: 'Metals' })).not.toBeInTheDocument());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() =>
      expect(desk.watchlists?.lists.map(({ name }) => name)).toEqual(['Banks', 'Others', 'Metals']),
    );
  });

  it('are walked by arrows, and the choice is kept for the next visit', async () => {
    const desk = deskWithGroups();
    const { user } = renderInDesk(<Watchlist />);
    (await screen.findByRole('tab', { name: 'Banks' })).focus();
    await user.keyboard('{ArrowRight}');
    expect(await rowOf('ITC')).toBeVisible();
    await waitFor(() => expect(desk.documents.watchlist?.value).toMatchObject({ list: 'b' }));
    await user.keyboard('{Alt>}{ArrowLeft}{/Alt}');
    await waitFor(() => expect(desk.watchlists?.lists.map(({ id }) => id)).toEqual(['b', 'a']));
  });
});

it('dissolves a group and gives it back', async () => {
  const desk = deskWithGroups();
  const { user } = renderInDesk(<Watchlist />);
  await user.click(await screen.findByRole('button', { name: 'Options of IT' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove heading' }));
  await waitFor(() => expect(kept(desk)).toBe('SBIN HDFCBANK TCS INFY'));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(kept(desk)).toBe('SBIN HDFCBANK | TCS INFY'));
});

it('says of an expired contract that it is, offers no trade, and removes all of them at once', async () => {
  const desk = deskWith('SBIN', 'NIFTY24OCT24FUT');
  const { user } = renderInDesk(<Watchlist />);
  const row = await rowOf('NIFTY24OCT24FUT');
  expect(within(row).getByText('Expired')).toBeVisible();
  row.focus();
  expect(row).not.toHaveAttribute('data-symbol');
  expect(within(row).queryByRole('button', { name: /Buy/ })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Options of Watchlist' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove 1 expired' }));
  await waitFor(() => expect(kept(desk)).toBe('SBIN'));
});

it('opens the ticket for a row', async () => {
  deskWith('SBIN');
  const { user } = renderInDesk(<Watchlist />);
  const row = await rowOf('SBIN');
  row.focus();
  await user.click(await within(row).findByRole('button', { name: 'Sell SBIN' }));
  expect(useTicket.getState().request).toMatchObject({ ...SBIN, action: 'SELL' });
});

it('renders a window of a long list', async () => {
  deskWith(...Array.from({ length: 250 }, (_, index) => `S${index}`));
  renderInDesk(<Watchlist />);
  await rowOf('S0');
  expect(shown().length).toBeLessThan(80);
});

it('offers to start an empty list', async () => {
  deskWith();
  renderInDesk(<Watchlist />);
  expect(await screen.findByText('Nothing watched yet')).toBeVisible();
});

it('shows the figures that were chosen in any browser, in their order, and keeps a change', async () => {
  const desk = deskWith('SBIN');
  desk.documents['columns.watchlist'] = {
    version: 3,
    value: { order: ['high', 'ltp'], hidden: ['change', 'ltp'], shown: ['high'], widths: {} },
  };
  const { user, feed } = renderInDesk(<Watchlist />);
  const row = await rowOf('SBIN');
  const figures = () =>
    [...row.querySelectorAll<HTMLElement>('[data-column]')].map((one) => one.dataset.column);
  await waitFor(() => expect(figures()).toEqual(['high', 'ltp', 'rupees', 'volume']));
  feed.client.quotes.merge(SBIN, { ltp: 960, high: 971.25 });
  act(() => feed.paint());
  expect(within(row).getByText('971.25')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Columns' }));
  expect(screen.getByRole('checkbox', { name: 'LTP' })).toBeDisabled();
  await user.click(screen.getByRole('checkbox', { name: 'Low' }));
  await waitFor(() => expect(figures()).toContain('low'));
  await waitFor(() =>
    expect(desk.documents['columns.watchlist']?.value).toMatchObject({
      shown: expect.arrayContaining(['low']),
    }),
  );
});
