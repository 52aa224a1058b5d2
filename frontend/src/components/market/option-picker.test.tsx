import { act, screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it, vi } from 'vitest';
import { OptionPicker } from '@/components/market/option-picker';
import { renderInDesk } from '@/testing/render';
import { server } from '@/testing/server';

const NIFTY = { symbol: 'NIFTY', exchange: 'NSE_INDEX' };
const ok = (data: unknown) => HttpResponse.json({ status: 'success', data });

function open() {
  const asked: unknown[] = [];
  server.use(
    http.get('*/ui/api/options/expiries', () =>
      ok({ underlying: 'NIFTY', exchange: 'NFO', expiries: ['24DEC26', '28JAN27'] }),
    ),
    http.get('*/ui/api/options/strikes', ({ request }) => {
      const isNear = new URL(request.url).searchParams.get('expiry') === '24DEC26';
      return ok({ expiry: '', strikes: isNear ? [25_350, 25_400, 25_450] : [25_000, 26_000] });
    }),
    http.post('*/ui/api/options/pick', async ({ request }) => {
      asked.push(await request.json());
      return ok({ legs: [{ symbol: 'NIFTY24DEC2625500PE', exchange: 'NFO', lotsize: 75 }] });
    }),
  );
  const onPick = vi.fn();
  const view = renderInDesk(<OptionPicker submitLabel="Choose" onPick={onPick} />);
  act(() => {
    view.feed.client.quotes.merge(NIFTY, { ltp: 25_412, close: 25_000 });
    view.feed.paint();
  });
  return { ...view, asked, onPick };
}

it('begins at the money of the first expiry and gives the chosen strike', async () => {
  const { user, onPick } = open();
  await waitFor(() => expect(screen.getByRole('combobox', { name: 'Strike' })).toHaveValue('25400'));
  expect(await screen.findByText('NIFTY24DEC2625400CE')).toBeVisible();
  await user.selectOptions(screen.getByRole('combobox', { name: 'Strike' }), '25450');
  await user.click(screen.getByRole('radio', { name: 'PE' }));
  expect(await screen.findByText('NIFTY24DEC2625450PE')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Choose' }));
  expect(onPick).toHaveBeenCalledWith(
    expect.objectContaining({ symbol: 'NIFTY24DEC2625450PE', exchange: 'NFO', lotsize: 75 }),
  );
});

it('lets the server count the distance from the money', async () => {
  const { user, asked } = open();
  await user.click(await screen.findByRole('radio', { name: 'Distance' }));
  await user.click(screen.getByRole('radio', { name: 'PE' }));
  await user.selectOptions(screen.getByRole('combobox', { name: 'Distance from the money' }), 'OTM2');
  await waitFor(() =>
    expect(asked.at(-1)).toEqual({
      underlying: 'NIFTY',
      exchange: 'NSE_INDEX',
      legs: [{ option_type: 'PE', offset: 'OTM2', expiry: '24DEC26' }],
    }),
  );
  expect(await screen.findByText('NIFTY24DEC2625500PE')).toBeVisible();
});

it('says when a contract is not listed, and offers nothing to choose', async () => {
  const { user } = open();
  await screen.findByRole('option', { name: '28JAN27' });
  await user.selectOptions(screen.getByRole('combobox', { name: 'Expiry' }), '28JAN27');
  expect(await screen.findByText('No such contract is listed')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Choose' })).toBeDisabled();
});
