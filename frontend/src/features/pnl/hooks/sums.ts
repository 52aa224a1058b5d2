import type { SymbolProfit } from '@/features/pnl/api/get-pnl';

type Figure = 'realized' | 'unrealized' | 'total' | 'charges' | 'turnover';

/** The sum of one figure; `null` as soon as one row lacks it, because a partial total is a wrong total. */
export function sumOf(rows: readonly Pick<SymbolProfit, Figure>[], figure: Figure): number | null {
  let total = 0;
  for (const row of rows) {
    const one = row[figure];
    if (one === null) return null;
    total += one;
  }
  return Math.round(total * 100) / 100;
}

/** What is left after the estimated charges; `null` without either. */
export function afterCharges(row: Pick<SymbolProfit, 'total' | 'charges'>): number | null {
  return row.total === null || row.charges === null ? null : row.total - row.charges;
}
