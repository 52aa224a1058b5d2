import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { Profiler } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Component as ChartRoute } from '@/app/routes/chart';
import { PriceChart } from '@/features/chart/components/price-chart';
import { FIRST_LOOK } from '@/features/chart/view/look';
import type { Order } from '@/lib/orders/schema';
import { FakeChart } from '@/testing/fake-chart';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

vi.mock('lightweight-charts', async () => (await import('@/testing/fake-chart')).fakeLibrary);

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const ADDRESS = '/chart?symbol=SBIN&exchange=NSE&interval=5m';
const NOW = Date.parse('2026-11-20T11:02:00+05:30');
const BAR = { time: NOW / 1000 - 120, open: 950, high: 951, low: 949, close: 950, volume: 10 };
const BARS = [BAR];
const MANY_BARS = Array.from({ length: 20_000 }, (_, at) => ({
  ...BAR,
  time: BAR.time - (19_999 - at) * 300,
}));
const CHOSEN = [{ name: 'sma', parameters: { period: 1 } }];
const NO_MARKS: never[] = [];

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW);
  FakeChart.newest = null;
});

const chart = () => screen.findByRole('application', { name: /^Chart of SBIN on NSE/ });
const legend = () => screen.getByTestId('legend');

function withOrder(change: Partial<Order> = {}) {
  const desk = resetDesk();
  const [first] = desk.orders;
  if (!first) throw new Error('an order was expected');
  desk.orders = [
    {
      ...first,
      ...SBIN,
      orderid: '77',
      action: 'BUY',
      quantity: 100,
      pending_quantity: 100,
      pricetype: 'LIMIT',
      price: 950,
      order_status: 'open',
      ...change,
    } as typeof first,
  ];
  return desk;
}

async function drag(from: number, to: number) {
  const element = await chart();
  const at = (price: number) => ({ clientY: 2000 - price, isPrimary: true, button: 0, pointerId: 1 });
  fireEvent.pointerDown(element, at(from));
  fireEvent.pointerMove(element, at((from + to) / 2));
  fireEvent.pointerMove(element, at(to));
  fireEvent.pointerUp(element, at(to));
}

describe('the chart page', () => {
  it('draws the instrument and interval of the address, on the Indian clock', async () => {
    renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    await waitFor(() => expect(legend()).toHaveTextContent(/^20 Nov 2026 11:00 O 9\d\d\.\d\d/));
    expect(FakeChart.current.candles.data.at(-1)?.time).toBe(Date.UTC(2026, 10, 20, 11, 0) / 1000);
    expect(screen.getByRole('link', { name: 'TradingView' })).toHaveAttribute(
      'href',
      'https://www.tradingview.com/',
    );
    expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('SBIN NSE');
  });

  it('opens what was looked at last, and keeps what is chosen next', async () => {
    resetDesk().preferences.chart = JSON.stringify({ ...SBIN, interval: '15m', indicators: [] });
    const { user, router } = renderInDesk(<ChartRoute />, '/chart');
    await chart();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Interval' }), '1 hour');
    expect(router.state.location.search).toBe('?symbol=SBIN&exchange=NSE&interval=1h');
    await waitFor(() => expect(sentRequests('PUT', '/preferences/chart')).toHaveLength(1));
    const kept = JSON.parse(String(sentRequests('PUT', '/preferences/chart')[0]?.body.value));
    expect(kept).toMatchObject({ ...SBIN, interval: '1h' });
  });

  it('asks for an instrument when nothing names one', async () => {
    const { user, router } = renderInDesk(<ChartRoute />, '/chart?symbol=SBIN');
    expect(await screen.findByText('No instrument chosen')).toBeVisible();
    await user.type(screen.getByRole('combobox', { name: 'Instrument of the chart' }), 'sbin');
    await screen.findAllByRole('option');
    await user.keyboard('{Enter}');
    await chart();
    expect(router.state.location.search).toContain('symbol=SBIN&exchange=NSE');
  });

  it('asks for older bars when the view comes near the left end, until there are none', async () => {
    renderInDesk(<ChartRoute />, ADDRESS.replace('5m', '1h'));
    await chart();
    await waitFor(() => expect(FakeChart.current.candles.data.length).toBeGreaterThan(500));
    act(() => FakeChart.current.pan(200));
    const first = () => FakeChart.current.candles.data[0]?.time;
    const newYear = Date.UTC(2026, 0, 1, 9, 15) / 1000;
    expect(first()).toBeGreaterThan(newYear);
    act(() => FakeChart.current.pan(10));
    await waitFor(() => expect(first()).toBe(newYear));
    const pages = () => sentRequests('GET', '/history').length;
    expect(pages()).toBe(3);
    for (const asked of [4, 4]) {
      act(() => FakeChart.current.pan(10));
      await waitFor(() => expect(screen.queryByText('Loading older bars…')).not.toBeInTheDocument());
      expect(pages()).toBe(asked);
    }
  });

  it('says in words what stands under the cursor that is moved by key', async () => {
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    (await chart()).focus();
    await user.keyboard('{ArrowLeft}{ArrowLeft}');
    expect(
      screen
        .getAllByRole('status')
        .map((one) => one.textContent)
        .join(),
    ).toMatch(/20 Nov 2026 10:55\s+O 9/);
    await user.keyboard('{End}');
    expect(legend()).toHaveTextContent(/^20 Nov 2026 11:00/);
  });

  it('says why there are no bars, and asks again when told to', async () => {
    server.use(
      http.get('*/ui/api/history', () =>
        HttpResponse.json(
          { status: 'error', message: 'The broker did not answer', code: 'X' },
          { status: 502 },
        ),
      ),
    );
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    expect(await screen.findByText('The broker did not answer')).toBeVisible();
    server.resetHandlers();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await chart();
  });

  it('keeps the bars it has when a newer answer fails', async () => {
    server.use(
      http.get('*/ui/api/history', ({ request }) =>
        request.url.includes('start_date=2026-11-20')
          ? HttpResponse.json({ status: 'error', message: 'Too many requests' }, { status: 429 })
          : undefined,
      ),
    );
    renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    expect(await screen.findByText('Not up to date: Too many requests')).toBeVisible();
    expect(legend()).toHaveTextContent(/^19 Nov 2026/);
  });

  it('asks for the forming bars again when the feed is back after a gap', async () => {
    const { feed } = renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    const asked = () => sentRequests('GET', '/history').length;
    await act(async () => feed.client.start());
    act(() => feed.newest().authenticate());
    await waitFor(() => expect(FakeChart.current.candles.data.length).toBeGreaterThan(500));
    expect(asked()).toBe(2);
    act(() => feed.client.reportUpstream('down', 'gone'));
    act(() => feed.client.reportUpstream('live', null));
    await waitFor(() => expect(asked()).toBe(3));
  });

  it('says so when the broker has no bars', async () => {
    server.use(http.get('*/ui/api/history', () => HttpResponse.json({ status: 'success', data: [] })));
    renderInDesk(<ChartRoute />, ADDRESS);
    expect(await screen.findByText('No bars of SBIN for this interval')).toBeVisible();
  });
});

describe('ticks', () => {
  it('move the last bar on the canvas without one React commit', async () => {
    let commits = 0;
    const { feed } = renderInDesk(
      <Profiler
        id="chart"
        onRender={() => {
          commits += 1;
        }}
      >
        <PriceChart
          of={SBIN}
          interval="5m"
          tickSize={0.05}
          bars={BARS}
          chosen={CHOSEN}
          isVolumeShown
          look={FIRST_LOOK}
          marks={NO_MARKS}
          onNeedOlder={() => {}}
          onDrop={() => {}}
        />
      </Profiler>,
    );
    await chart();
    const before = commits;
    for (let tick = 0; tick < 200; tick += 1) {
      feed.client.quotes.merge(SBIN, { ltp: 950 + tick / 20, timestamp: NOW + tick, volume: 1000 + tick });
      act(() => feed.paint());
    }
    expect(commits).toBe(before);
    const { updates } = FakeChart.current.candles;
    expect(updates).toHaveLength(200);
    expect(updates.at(-1)).toMatchObject({ close: 959.95 });
    expect(FakeChart.current.drawn('Line').updates).toHaveLength(200);
    expect(legend()).toHaveTextContent('C 959.95');
  });

  it('that begin several bars between two drawings of a long chart leave none out', async () => {
    const { feed } = renderInDesk(
      <PriceChart
        of={SBIN}
        interval="5m"
        tickSize={0.05}
        bars={MANY_BARS}
        chosen={CHOSEN}
        isVolumeShown
        look={FIRST_LOOK}
        marks={NO_MARKS}
        onNeedOlder={() => {}}
        onDrop={() => {}}
      />,
    );
    await chart();
    for (let tick = 0; tick < 4; tick += 1) {
      feed.client.quotes.merge(SBIN, { ltp: 960 + tick, timestamp: NOW + tick * 300_000, volume: tick });
      act(() => feed.paint());
    }
    const { updates } = FakeChart.current.candles;
    const starts = () => [...new Set(updates.map(({ time }) => time))];
    await waitFor(() => expect(updates.at(-1)).toMatchObject({ close: 963 }));
    const steps = starts().map((time, at, all) => time - (all[at - 1] ?? time));
    expect(steps.slice(1).every((step) => step === 300)).toBe(true);
    expect(starts().length).toBeGreaterThanOrEqual(3);
  });
});

describe('indicators', () => {
  it('are added, changed and removed in the settings, and kept', async () => {
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    await user.click(screen.getByRole('button', { name: 'Indicators, 1 drawn' }));
    const settings = await screen.findByRole('dialog', { name: 'Indicators' });
    await user.selectOptions(within(settings).getByLabelText('Add an indicator'), 'RSI');
    await waitFor(() => expect(FakeChart.current.drawn('Line', 1).data.at(-1)?.value).toBeGreaterThan(0));
    const period = within(settings).getByLabelText('RSI period');
    await user.clear(period);
    expect(within(settings).getByText('is required')).toBeVisible();
    await user.type(period, '7');
    await user.click(within(settings).getByRole('button', { name: 'Remove EMA' }));
    const last = sentRequests('PUT', '/preferences/chart').at(-1)?.body.value;
    expect(JSON.parse(String(last)).indicators).toEqual([{ name: 'rsi', parameters: { period: 7 } }]);
    expect(() => FakeChart.current.drawn('Line', 0)).toThrow();
  });
});

describe('lines of the books', () => {
  const line = () => FakeChart.current.candles.lines.get('77:price');

  it('show working orders and ask before a dragged one is modified', async () => {
    withOrder();
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    await waitFor(() => expect(line()).toEqual({ price: 950, title: 'BUY 100 LIMIT' }));
    await drag(951, 942.52);
    const dialog = await screen.findByRole('dialog', { name: /^Modify BUY SBIN/ });
    expect(within(dialog).getByLabelText('Price')).toHaveValue('942.5');
    expect(sentRequests('PUT', '/orders/77')).toHaveLength(0);
    expect(line()).toEqual({ price: 942.5, title: 'BUY 100 LIMIT…' });
    await user.click(within(dialog).getByRole('button', { name: 'Modify PRACTICE order' }));
    await waitFor(() =>
      expect(sentRequests('PUT', '/orders/77')[0]?.body).toMatchObject({ price: 942.5, quantity: 100 }),
    );
    await waitFor(() => expect(line()).toEqual({ price: 942.5, title: 'BUY 100 LIMIT' }));
  });

  it('go back when the change is not wanted', async () => {
    withOrder();
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    await waitFor(() => expect(line()).toBeDefined());
    await drag(950, 940);
    await user.click(await screen.findByRole('button', { name: 'Keep as is' }));
    expect(line()).toEqual({ price: 950, title: 'BUY 100 LIMIT' });
    expect(sentRequests('PUT', '/orders/77')).toHaveLength(0);
  });

  it('go back when the server refuses, with its reason in the dialog', async () => {
    withOrder();
    server.use(
      http.put('*/ui/api/orders/77', () =>
        HttpResponse.json({ status: 'error', message: 'price: outside the circuit limits' }, { status: 400 }),
      ),
    );
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    await chart();
    await waitFor(() => expect(line()).toBeDefined());
    await drag(950, 940);
    await user.click(await screen.findByRole('button', { name: 'Modify PRACTICE order' }));
    expect(await screen.findByText('price: outside the circuit limits')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Keep as is' }));
    await waitFor(() => expect(line()).toEqual({ price: 950, title: 'BUY 100 LIMIT' }));
  });

  it('can be modified without dragging, from the list below the chart', async () => {
    withOrder();
    const { user } = renderInDesk(<ChartRoute />, ADDRESS);
    const list = await screen.findByRole('list', { name: 'Working orders on this chart' });
    await user.click(within(list).getByRole('button', { name: 'Modify SBIN order 77' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByLabelText('Price')).toHaveValue('950');
  });
});
