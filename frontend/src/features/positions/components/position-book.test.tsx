import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { outcomesOf } from '@/features/positions/api/close-position';
import type { Position } from '@/features/positions/api/get-positions';
import { PositionBook } from '@/features/positions/components/position-book';
import { exposureAt, totalExposure, totalRealised } from '@/features/positions/hooks/exposure';
import { isOption, underlyingOf } from '@/lib/instruments/underlying';
import { renderInDesk } from '@/testing/render';
import { sentRequests } from '@/testing/server';

// By attribute: finding rows and buttons of a whole book by role costs a slow machine seconds.
const rows = () => [...document.querySelectorAll<HTMLElement>('tbody tr[data-index]')];

async function shown(address = '/positions') {
  const desk = renderInDesk(<PositionBook />, address);
  await screen.findByRole('table', { name: 'Positions' });
  return desk;
}

describe('the position book', () => {
  it('closes what the filters leave, after showing it, and says what became of each', async () => {
    const { user } = await shown('/positions?direction=LONG');
    const open = rows().map((row) => row.dataset.symbol);
    expect(open.length).toBeGreaterThan(0);
    await user.click(screen.getByText(`Close filtered (${open.length})`));
    const dialog = await screen.findByRole('alertdialog');
    expect(within(dialog).getAllByRole('listitem')).toHaveLength(open.length);
    expect(sentRequests('POST', '/positions/close-all')).toHaveLength(0);
    await user.click(within(dialog).getByRole('button', { name: 'Close these positions' }));
    const results = await screen.findByRole('table', { name: 'Results' });
    expect(within(results).getAllByText('exit sent')).toHaveLength(open.length);
    const [sent] = sentRequests('POST', '/positions/close-all');
    const named = sent?.body.positions as { symbol: string }[];
    expect(new Set(named.map(({ symbol }) => symbol))).toEqual(new Set(open));
  });

  it('puts positions under their underlying, with sums, when asked', async () => {
    const { user, router } = await shown();
    await user.click(screen.getByText('Group'));
    expect(router.state.location.search).toBe('?group=underlying');
    const groups = rows().filter((row) => row.dataset.group !== undefined);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.every((row) => within(row).getByRole('button', { expanded: true }))).toBe(true);
  });
});

function position(changes: Partial<Position>): Position {
  return {
    symbol: 'SBIN',
    exchange: 'NSE',
    product: 'MIS',
    quantity: 10,
    average_price: 100,
    ltp: 110,
    pnl: 100,
    realized_pnl: 0,
    multiplier: 1,
    lot_size: 1,
    tick_size: 0.05,
    ...changes,
  };
}

it('values what is open, long above zero and short below, and nothing without a price', () => {
  expect(exposureAt(position({}), 120)).toBe(1200);
  expect(exposureAt(position({ quantity: -5, multiplier: 10 }), 120)).toBe(-6000);
  expect(exposureAt(position({ quantity: 0 }), 120)).toBeNull();
  expect(exposureAt(position({}), null)).toBeNull();
  const two = [position({}), position({ symbol: 'TCS', quantity: -5 }), position({ quantity: 0, ltp: null })];
  expect(totalExposure(two, () => null)).toBe(550);
  expect(totalExposure([...two, position({ ltp: null })], () => null)).toBeNull();
  expect(totalRealised([position({ realized_pnl: 5 }), position({ realized_pnl: -2 })])).toBe(3);
  expect(totalRealised([position({ realized_pnl: 5 }), position({ realized_pnl: null })])).toBeNull();
});

it('finds the underlying of a derivative in its symbol', () => {
  const names = ['NIFTY28NOV24C', 'NIFTY24DEC2624000CE', 'M&M26DEC24FUT', 'SBIN', 'USDINR27DEC2484.25PE'];
  expect(names.map((symbol) => underlyingOf({ symbol }))).toEqual([
    'NIFTY28NOV24C',
    'NIFTY',
    'M&M',
    'SBIN',
    'USDINR',
  ]);
  expect(names.map((symbol) => isOption({ symbol }))).toEqual([false, true, false, false, true]);
});

it('calls a position closed only when every one of its exit orders was sent', () => {
  const place = { symbol: 'SBIN', exchange: 'NSE', product: 'MIS', quantity: 5 };
  const told = (...results: { status: string; code?: string; message?: string; orderid?: string }[]) =>
    outcomesOf([position({})], {
      results: results.map((one) => ({ ...place, ...one })),
    }).get('NSE:SBIN:MIS');
  expect(told({ status: 'success', orderid: '1' }, { status: 'success', orderid: '2' })).toMatchObject({
    tone: 'good',
    detail: 'Exit 1, 2',
  });
  expect(told({ status: 'success', orderid: '1' }, { status: 'error', message: 'no margin' })).toMatchObject({
    word: 'partly sent',
    detail: 'Exit 1 · no margin',
  });
  expect(told({ status: 'error', code: 'ALREADY_CLOSING' })).toMatchObject({ word: 'already closing' });
  expect(told({ status: 'error', code: 'OUTCOME_UNKNOWN' })).toMatchObject({ tone: 'warn' });
  expect(told()).toMatchObject({ word: 'nothing open' });
});
