import type { MockDesk } from './mock-desk.ts';

/** Today's profit as the server tells it: the broker's figures by symbol, the journal's by strategy. */
export function todayOf(desk: MockDesk) {
  const figures = { trades: 2, turnover: 48_210.5, charges: 31.4, unpriced: 0 };
  return {
    day: '2026-11-21',
    symbols: desk.positionRows().map(({ symbol, exchange, product, quantity, pnl, realized_pnl }) => ({
      ...figures,
      symbol,
      exchange,
      product,
      quantity,
      carried: 0,
      realized: realized_pnl,
      unrealized: Number((pnl - realized_pnl).toFixed(2)),
      total: pnl,
    })),
    strategies: [
      { ...figures, strategy: 'orb-15', realized: 1250.5, unrealized: -310, total: 940.5 },
      {
        ...figures,
        strategy: null,
        realized: -80,
        unrealized: null,
        total: null,
        charges: null,
        unpriced: 1,
      },
    ],
    unattributed_trades: 2,
  };
}

const OPENING = 1_795_232_700;
const POINTS = Array.from({ length: 120 }, (_, minute): [number, number] => [
  OPENING + minute * 60,
  Math.round(Math.sin(minute / 17) * 1800 + minute * 6) - (minute === 0 ? 0 : 20),
]);
const high = POINTS.reduce((best, point) => (point[1] > best[1] ? point : best));
const low = POINTS.reduce((best, point) => (point[1] < best[1] ? point : best));

export const CURVE = {
  day: '2026-11-21',
  interval: '1m',
  points: POINTS,
  highest: { at: high[0], amount: high[1] },
  lowest: { at: low[0], amount: low[1] },
  drawdown: {
    amount: high[1] - low[1],
    from: { at: high[0], amount: high[1] },
    to: { at: low[0], amount: low[1] },
  },
  left_out: [{ exchange: 'NFO', symbol: 'NIFTY28NOV2624000CE', product: 'NRML', why: 'no previous close' }],
};
