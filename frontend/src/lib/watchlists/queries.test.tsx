import { useQuery } from '@tanstack/react-query';
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { addRow, removeRow } from '@/lib/watchlists/edits';
import { rowsOf } from '@/lib/watchlists/model';
import { useEditWatchlists, watchlistsQuery } from '@/lib/watchlists/queries';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const TCS = { symbol: 'TCS', exchange: 'NSE' };
const INFY = { symbol: 'INFY', exchange: 'NSE' };

function Names() {
  const { data } = useQuery(watchlistsQuery);
  const edit = useEditWatchlists();
  return (
    <>
      <output>{data?.lists.flatMap((list) => rowsOf(list).map(({ symbol }) => symbol)).join(' ')}</output>
      <button type="button" onClick={() => edit(addRow('list-1', TCS))}>
        add TCS
      </button>
      <button type="button" onClick={() => edit(addRow('list-1', INFY))}>
        add INFY
      </button>
      <button type="button" onClick={() => edit(removeRow('list-1', SBIN))}>
        remove SBIN
      </button>
    </>
  );
}

async function open() {
  const desk = resetDesk();
  desk.watchlist = [SBIN];
  const { user } = renderInDesk(<Names />);
  await screen.findByText('SBIN');
  return { desk, press: (name: string) => user.click(screen.getByRole('button', { name })) };
}

const kept = (desk: ReturnType<typeof resetDesk>) =>
  desk.watchlists?.lists[0]?.groups[0]?.symbols.map(({ symbol }) => symbol);

it('shows edits at once and sends them one after the other', async () => {
  const { desk, press } = await open();
  await press('add TCS');
  await press('add INFY');
  expect(screen.getByRole('status')).toHaveTextContent('SBIN TCS INFY');
  await waitFor(() => expect(kept(desk)).toEqual(['SBIN', 'TCS', 'INFY']));
  expect(sentRequests('PUT', '/watchlists').map(({ body }) => body.version)).toEqual([0, 1]);
});

it('makes an edit again on what another tab has saved meanwhile', async () => {
  const { desk, press } = await open();
  await press('add TCS');
  await waitFor(() => expect(desk.watchlists?.version).toBe(1));
  const list = desk.watchlists?.lists[0];
  list?.groups[0]?.symbols.unshift(INFY);
  if (desk.watchlists) desk.watchlists.version = 5;
  await press('remove SBIN');
  await waitFor(() => expect(kept(desk)).toEqual(['INFY', 'TCS']));
  expect(await screen.findByText('INFY TCS')).toBeVisible();
});

it('takes back a refused edit only, with a word', async () => {
  const { desk, press } = await open();
  let tries = 0;
  server.use(
    http.put('*/ui/api/watchlists', () => {
      tries += 1;
      if (tries > 1) return undefined;
      return HttpResponse.json({ status: 'error', message: 'disk is full' }, { status: 500 });
    }),
  );
  await press('add TCS');
  await press('add INFY');
  expect(await screen.findByText('disk is full')).toBeVisible();
  expect(await screen.findByText('SBIN INFY')).toBeVisible();
  await waitFor(() => expect(kept(desk)).toEqual(['SBIN', 'INFY']));
});
