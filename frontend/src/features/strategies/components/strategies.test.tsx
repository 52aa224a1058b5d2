import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { Route, Routes } from 'react-router';
import { beforeEach, describe, expect, it } from 'vitest';
import { StrategiesPage } from '@/features/strategies/components/strategies-page';
import { StrategyPage } from '@/features/strategies/components/strategy-page';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

const SBIN = { id: 1, symbol: 'SBIN', exchange: 'NSE', quantity: 10, product_type: 'MIS' };
const URL_ONCE = 'https://desk.example/strategy/webhook/oaws_0123';

function strategy(changes: object = {}) {
  return {
    id: 3,
    name: 'tradingview_Morning run',
    platform: 'tradingview',
    account_id: null,
    trading_mode: 'LONG',
    is_intraday: true,
    start_time: '09:20',
    end_time: '15:00',
    squareoff_time: '15:10',
    is_active: true,
    mapping_count: 1,
    created_at: '2026-11-21 09:00:00',
    updated_at: '2026-11-21 09:00:00',
    ...changes,
  };
}

const DELIVERY = {
  id: 9,
  received_at: '2026-11-21 10:00:00',
  source_address: '52.89.214.238',
  payload: 'strategy',
  body: { symbol: 'SBIN', action: 'buy' },
  result: 'accepted',
  http_status: 200,
  message: 'Order queued successfully for SBIN',
  outcome: 'refused',
  orders: [
    {
      exchange: 'NSE',
      symbol: 'SBIN',
      mode: 'live',
      side: 'BUY',
      quantity: 10,
      position_size: null,
      product: 'MIS',
      outcome: 'refused',
      order_id: null,
      message: 'Insufficient funds',
    },
  ],
};

const ok = (data: unknown) => HttpResponse.json({ status: 'success', data });
let sent: { path: string; body: unknown }[] = [];
let now: object;

beforeEach(() => {
  resetDesk();
  sent = [];
  now = strategy();
  const at = (path: string) => `*/ui/api/strategies${path}`;
  const note = async (request: Request) => {
    const path = new URL(request.url).pathname.replace('/ui/api/strategies', '');
    sent.push({ path: `${request.method} ${path}`, body: await request.json().catch(() => null) });
  };
  server.use(
    http.get(at(''), () => ok([now])),
    http.get(at('/terms'), () =>
      ok({ platforms: ['tradingview', 'chartink'], trading_modes: ['LONG', 'SHORT', 'BOTH'] }),
    ),
    http.get(at('/3/deliveries'), () => ok([DELIVERY])),
    http.get(at('/3'), () => ok({ ...now, mappings: [SBIN] })),
    http.post(at(''), async ({ request }) => {
      await note(request);
      return ok({ ...strategy(), mappings: [], webhook_id: 'oaws_0123', webhook_url: URL_ONCE });
    }),
    http.post(at('/3/deactivate'), async ({ request }) => {
      await note(request);
      now = strategy({ is_active: false });
      return ok({ ...now, mappings: [SBIN] });
    }),
    http.post(at('/3/signing'), () => {
      now = strategy({ is_signed: true });
      return ok({ ...now, mappings: [SBIN], signing_secret: 'feedbeef' });
    }),
    http.delete(at('/3/signing'), () => {
      now = strategy();
      return ok({ ...now, mappings: [SBIN] });
    }),
    http.post(at('/3/squareoff'), async ({ request }) => {
      await note(request);
      return ok({ queued: 1 });
    }),
    http.post(at('/3/mappings'), async ({ request }) => {
      await note(request);
      return HttpResponse.json(
        {
          status: 'error',
          message: 'quantity: must be in multiples of lot size 5',
          errors: { quantity: ['must be in multiples of lot size 5'] },
        },
        { status: 400 },
      );
    }),
  );
});

const pages = () =>
  renderInDesk(
    <Routes>
      <Route path="/strategies" element={<StrategiesPage />} />
      <Route path="/strategies/3" element={<StrategyPage id="3" />} />
    </Routes>,
    '/strategies',
  );

const opened = () => renderInDesk(<StrategyPage id="3" />, '/strategies/3');

describe('webhook strategies', () => {
  it('a new one shows its URL once and then its page', async () => {
    const { user } = pages();
    await user.click(await screen.findByRole('button', { name: 'New strategy' }));
    const dialog = await screen.findByRole('dialog');
    await user.type(within(dialog).getByLabelText('Name'), 'Morning run');
    await user.click(await within(dialog).findByRole('radio', { name: 'SHORT' }));
    expect(within(dialog).getByText('SELL enters, BUY closes')).toBeVisible();
    await user.click(within(dialog).getByRole('button', { name: 'Create strategy' }));
    expect(await screen.findByRole('status', { name: 'Webhook URL' })).toHaveTextContent(URL_ONCE);
    expect(sent[0]).toEqual({
      path: 'POST ',
      body: {
        name: 'Morning run',
        platform: 'tradingview',
        trading_mode: 'SHORT',
        is_intraday: true,
        start_time: '09:20',
        end_time: '15:00',
        squareoff_time: '15:10',
        account_id: null,
      },
    });
    await user.click(screen.getByRole('button', { name: 'I have copied it' }));
    expect(await screen.findByRole('region', { name: 'Activity' })).toBeVisible();
    expect(screen.queryByText(URL_ONCE)).toBeNull();
  });

  it('tells what reached it and what became of each order', async () => {
    opened();
    const log = await screen.findByRole('list', { name: 'Activity' });
    expect(within(log).getByText('Order queued successfully for SBIN')).toBeVisible();
    const order = within(log).getByText('BUY 10 SBIN NSE MIS').closest('li');
    expect(order).toHaveTextContent(/refused.*Insufficient funds/);
  });

  it('is switched off with one press', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('button', { name: /^Switch .* off$/ }));
    expect(await screen.findByRole('button', { name: /^Switch .* on$/ })).toBeVisible();
    expect(sent.map(({ path }) => path)).toEqual(['POST /3/deactivate']);
  });

  it('shows a signing secret once, and may take unsigned messages again', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('button', { name: 'Require signatures' }));
    expect(await screen.findByRole('status', { name: 'Signing secret' })).toHaveTextContent('feedbeef');
    await user.click(screen.getByRole('button', { name: 'I have copied it' }));
    expect(await screen.findByText('signed messages only')).toBeVisible();
    expect(screen.queryByText('feedbeef')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Take unsigned again' }));
    expect(await screen.findByText('takes unsigned messages')).toBeVisible();
  });

  it('is squared off only when that was confirmed', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('button', { name: 'Square off' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog).toHaveTextContent('PRACTICE market orders');
    expect(sent).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Square off now' }));
    await waitFor(() => expect(sent.map(({ path }) => path)).toEqual(['POST /3/squareoff']));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });

  it('says under its box what is wrong with a quantity, and under the lines with a line', async () => {
    const { user } = opened();
    await user.click(await screen.findByRole('button', { name: 'Change SBIN' }));
    expect(await screen.findByRole('textbox', { name: 'Quantity' })).toHaveValue('10');
    await user.keyboard('{Escape}');
    await user.click(screen.getByRole('button', { name: 'Add several' }));
    const dialog = await screen.findByRole('dialog', { name: 'Add several' });
    const lines = within(dialog).getByLabelText('Lines');
    await user.type(lines, 'INFY,NSE');
    await user.click(within(dialog).getByRole('button', { name: 'Add all' }));
    expect(lines).toHaveAccessibleDescription('Line 1 is not symbol, exchange, quantity, product');
    await user.type(lines, ',7,MIS');
    await user.click(within(dialog).getByRole('button', { name: 'Add all' }));
    expect(await within(dialog).findByText(/multiples of lot size 5/)).toBeVisible();
    expect(sent.at(-1)?.body).toEqual({
      mappings: [{ symbol: 'INFY', exchange: 'NSE', quantity: 7, product_type: 'MIS' }],
    });
  });
});
