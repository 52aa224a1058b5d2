import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { Component as ChartRoute } from '@/app/routes/chart';
import { FakeChart } from '@/testing/fake-chart';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

vi.mock('lightweight-charts', async () => (await import('@/testing/fake-chart')).fakeLibrary);

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const ADDRESS = '/chart?symbol=SBIN&exchange=NSE&interval=5m';

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-11-20T11:02:00+05:30'));
  FakeChart.newest = null;
});

/** A desk with one order at 950 that rests at the exchange. */
function withOrder() {
  const desk = resetDesk();
  const [first] = desk.orders;
  if (!first) throw new Error('an order was expected');
  const order = { orderid: '77', action: 'BUY', pricetype: 'LIMIT', price: 950, order_status: 'open' };
  desk.orders = [{ ...first, ...SBIN, ...order } as typeof first];
  return desk;
}

it('changes style and colours at once, with the orders on it, and keeps them', async () => {
  const desk = withOrder();
  desk.preferences.chart = JSON.stringify({
    ...SBIN,
    indicators: [],
    look: { style: 'bars', pair: 'neon' },
  });
  const { user } = renderInDesk(<ChartRoute />, ADDRESS);
  await screen.findByRole('application', { name: /^Chart of SBIN on NSE/ });
  await waitFor(() => expect(FakeChart.current.drawn('Bar').data.length).toBeGreaterThan(0));
  const before = FakeChart.current.drawn('Bar');
  await user.click(screen.getByRole('button', { name: 'Chart style: OHLC bars' }));
  await user.click(screen.getByRole('radio', { name: 'Area' }));
  await waitFor(() => expect(before.isRemoved).toBe(true));
  const area = FakeChart.current.drawn('Area');
  expect(area.data.at(-1)?.value).toBe(before.data.at(-1)?.close);
  expect([...area.lines.values()].map(({ price }) => price)).toEqual([950]);
  await user.click(screen.getByRole('radio', { name: 'Heikin-Ashi' }));
  await user.click(screen.getByRole('radio', { name: /Blue and orange/ }));
  const candles = FakeChart.current.candles;
  expect(candles.options).toMatchObject({
    upColor: '#56b4e9',
    downColor: '#e69f00',
    lastValueVisible: false,
  });
  expect(candles.data.at(-1)?.close).not.toBe(before.data.at(-1)?.close);
  expect(candles.lines.get('last')?.price).toBe(before.data.at(-1)?.close);
  expect(screen.getByTestId('legend').style.getPropertyValue('--up')).toBe('#56b4e9');
  await waitFor(() =>
    expect(JSON.parse(desk.preferences.chart ?? '{}').look).toEqual({ style: 'heikin-ashi', pair: 'safe' }),
  );
});
