import { act, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { Watchlist } from '@/features/watchlist/components/watchlist';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };

function withOne() {
  const desk = resetDesk();
  desk.watchlist = [SBIN];
  return desk;
}

it('adds what is picked from the search and keeps it', async () => {
  withOne();
  const { user } = renderInDesk(<Watchlist />);
  await screen.findByText('SBIN');
  await user.type(screen.getByRole('combobox', { name: 'Add to watchlist' }), 'tcs');
  await screen.findAllByRole('option');
  await user.keyboard('{Enter}');
  expect(await screen.findByText('TCS')).toBeVisible();
  await waitFor(() => expect(sentRequests('PUT', '/watchlists')).toHaveLength(1));
  expect(sentRequests('PUT', '/watchlists')[0]?.body).toMatchObject({
    version: 0,
    lists: [{ groups: [{ symbols: [SBIN, { symbol: 'TCS', exchange: 'NSE' }] }] }],
  });
});

it('puts a removed instrument back when the server refuses', async () => {
  withOne();
  server.use(
    http.put('*/ui/api/watchlists', () =>
      HttpResponse.json({ status: 'error', message: 'disk is full' }, { status: 500 }),
    ),
  );
  const { user } = renderInDesk(<Watchlist />);
  await user.click(await screen.findByRole('button', { name: 'Remove SBIN from watchlist' }));
  expect(await screen.findByText('disk is full')).toBeVisible();
  expect(await screen.findByRole('button', { name: 'Remove SBIN from watchlist' })).toBeVisible();
});

it('streams prices into its rows', async () => {
  withOne();
  const { feed } = renderInDesk(<Watchlist />);
  const row = (await screen.findByText('SBIN')).closest('li') as HTMLElement;
  act(() => {
    feed.client.quotes.merge(SBIN, { ltp: 968.3, close: 960 });
    feed.paint();
  });
  expect(within(row).getByText('968.30')).toBeVisible();
  expect(within(row).getByText('+0.86%')).toBeVisible();
});

it('offers to start an empty list', async () => {
  resetDesk().watchlist = [];
  renderInDesk(<Watchlist />);
  expect(await screen.findByText('Nothing watched yet')).toBeVisible();
});
