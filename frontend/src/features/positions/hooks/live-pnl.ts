import type { Position } from '@/features/positions/api/get-positions';

/**
 * The position's P&L at `ltp`, rupees: the book's figure moved by what the price moved since.
 * Starting from the book keeps realised parts in, whatever the broker counts there. `null` when not knowable.
 */
export function pnlAt(position: Position, ltp: number | null): number | null {
  const { quantity, pnl, average_price: average, ltp: bookLtp } = position;
  const multiplier = position.multiplier ?? 1;
  if (ltp === null || quantity === 0) return pnl;
  if (pnl !== null && bookLtp !== null) return pnl + (ltp - bookLtp) * quantity * multiplier;
  return average === null ? null : (ltp - average) * quantity * multiplier;
}

/** P&L as a share of what was paid; `null` without an average or a quantity. */
export function pnlPercentAt(position: Position, ltp: number | null): number | null {
  const { quantity, average_price: average } = position;
  if (ltp === null || !average || quantity === 0) return null;
  return ((ltp - average) / average) * 100 * Math.sign(quantity);
}

/** The sum over positions; `null` as soon as one of them is unknown, because a partial total is a wrong total. */
export function totalPnl(
  positions: readonly Position[],
  ltpOf: (position: Position) => number | null,
): number | null {
  let total = 0;
  for (const position of positions) {
    const pnl = pnlAt(position, ltpOf(position) ?? position.ltp);
    if (pnl === null) return null;
    total += pnl;
  }
  return Math.round(total * 100) / 100;
}
