import type { Position } from '@/features/positions/api/get-positions';

/** What the open quantity is worth at a price, signed, rupees: long above zero, short below. `null` without a price. */
export function exposureAt(position: Position, ltp: number | null): number | null {
  if (position.quantity === 0) return null;
  return ltp === null ? null : ltp * position.quantity * (position.multiplier ?? 1);
}

/** The sum of what is open; `null` as soon as one of them has no price, because a partial total is a wrong total. */
export function totalExposure(
  positions: readonly Position[],
  ltpOf: (position: Position) => number | null,
): number | null {
  let total = 0;
  for (const position of positions) {
    if (position.quantity === 0) continue;
    const one = exposureAt(position, ltpOf(position) ?? position.ltp);
    if (one === null) return null;
    total += one;
  }
  return total;
}

/** Realised today of all of them; `null` where the broker does not say it of one. */
export function totalRealised(positions: readonly Position[]): number | null {
  let total = 0;
  for (const { realized_pnl: realised } of positions) {
    if (realised === null) return null;
    total += realised;
  }
  return total;
}
