import { describe, expect, it } from 'vitest';
import type { Position } from '@/features/positions/api/get-positions';
import { pnlAt, pnlPercentAt, totalPnl } from '@/features/positions/hooks/live-pnl';

const long: Position = {
  symbol: 'SBIN',
  exchange: 'NSE',
  product: 'MIS',
  quantity: 10,
  average_price: 100,
  ltp: 105,
  pnl: 50,
  realized_pnl: 0,
  multiplier: null,
  lot_size: null,
  tick_size: null,
};
const short: Position = { ...long, quantity: -10, pnl: -50 };

describe('live P&L', () => {
  it('moves with the price, against a short', () => {
    expect(pnlAt(long, 106)).toBe(60);
    expect(pnlAt(short, 106)).toBe(-60);
  });
  it('keeps the realised part of the book in', () => {
    expect(pnlAt({ ...long, pnl: 550 }, 106)).toBe(560);
  });
  it('counts the contract multiplier', () => {
    expect(pnlAt({ ...long, multiplier: 100, pnl: 5000 }, 106)).toBe(6000);
  });
  it('leaves a flat position as the book has it', () => {
    expect(pnlAt({ ...long, quantity: 0, pnl: -12.5 }, 200)).toBe(-12.5);
  });
  it('starts from the average when the book has no figure', () => {
    expect(pnlAt({ ...long, pnl: null, ltp: null }, 106)).toBe(60);
  });
  it('is unknown, not zero, without average and figure', () => {
    expect(pnlAt({ ...long, pnl: null, average_price: null }, 106)).toBeNull();
    expect(pnlAt({ ...long, pnl: null }, null)).toBeNull();
  });
  it('has a percent that knows the side', () => {
    expect(pnlPercentAt(long, 110)).toBeCloseTo(10);
    expect(pnlPercentAt(short, 110)).toBeCloseTo(-10);
  });
});

describe('the total', () => {
  it('adds live figures', () => {
    expect(totalPnl([long, short], () => 106)).toBe(0);
    expect(totalPnl([], () => null)).toBe(0);
  });
  it('is unknown as soon as one part is', () => {
    expect(totalPnl([long, { ...short, pnl: null, average_price: null }], () => 106)).toBeNull();
  });
});
