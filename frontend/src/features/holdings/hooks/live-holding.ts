import type { Holding } from '@/features/holdings/api/get-holdings';

/** Current value, rupees; `null` without a price. */
export function valueAt(holding: Holding, ltp: number | null): number | null {
  return ltp === null ? null : ltp * holding.quantity;
}

export function profitAt(holding: Holding, ltp: number | null): number | null {
  if (ltp === null || holding.average_price === null) return holding.pnl;
  return (ltp - holding.average_price) * holding.quantity;
}

export function percentAt(holding: Holding, ltp: number | null): number | null {
  if (ltp === null || !holding.average_price) return holding.pnlpercent;
  return ((ltp - holding.average_price) / holding.average_price) * 100;
}

/** A total over all holdings; `null` as soon as one of them is unknown. */
export function totalOf(
  holdings: readonly Holding[],
  figure: (holding: Holding, ltp: number | null) => number | null,
  ltpOf: (holding: Holding) => number | null,
): number | null {
  let total = 0;
  for (const holding of holdings) {
    const one = figure(holding, ltpOf(holding) ?? holding.ltp);
    if (one === null) return null;
    total += one;
  }
  return Math.round(total * 100) / 100;
}

/** What was paid for all of them, rupees; `null` as soon as the price of one is not known. */
export function investedIn(holdings: readonly Holding[]): number | null {
  let total = 0;
  for (const { quantity, average_price: average } of holdings) {
    if (average === null) return null;
    total += average * quantity;
  }
  return Math.round(total * 100) / 100;
}
