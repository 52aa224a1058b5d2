import type { ChainLeg, ChainRow } from '@/features/option-chain/api/get-chain';

export type SideName = 'ce' | 'pe';

/** How many strikes lie below the price: the line of the underlying is drawn in front of the strike at this place. */
export function placeOfPrice(rows: readonly Pick<ChainRow, 'strike'>[], price: number | null): number | null {
  if (price === null || rows.length === 0) return null;
  const place = rows.findIndex(({ strike }) => strike > price);
  return place === -1 ? rows.length : place;
}

/** The largest open interest of either side: bars are drawn against it. 0 when none is known. */
export function largestInterest(rows: readonly ChainRow[]): number {
  return rows.reduce((most, { ce, pe }) => Math.max(most, ce?.oi ?? 0, pe?.oi ?? 0), 0);
}

/** A call below the price and a put above it are in the money. */
export function isInTheMoney(side: SideName, strike: number, price: number | null): boolean {
  if (price === null) return false;
  return side === 'ce' ? strike < price : strike > price;
}

export type Item = { kind: 'row'; row: ChainRow } | { kind: 'line' };

/** Rows with the underlying's line between the strikes it stands between. */
export function withLine(rows: readonly ChainRow[], place: number | null): Item[] {
  const items: Item[] = rows.map((row) => ({ kind: 'row', row }));
  if (place !== null) items.splice(place, 0, { kind: 'line' });
  return items;
}

export interface Walk {
  strike: number;
  side: SideName;
}

/** Where an arrow key leads; rows without a contract on that side are walked over. Null for other keys. */
export function walk(rows: readonly ChainRow[], at: Walk, key: string): Walk | null {
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const side = key === 'ArrowLeft' ? 'ce' : 'pe';
    return rows.find(({ strike }) => strike === at.strike)?.[side] ? { ...at, side } : at;
  }
  const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -15, PageDown: 15 };
  const step = steps[key] ?? (key === 'Home' ? -rows.length : key === 'End' ? rows.length : null);
  if (step === null) return null;
  const listed = rows.filter((row) => row[at.side] !== null);
  const from = listed.findIndex(({ strike }) => strike === at.strike);
  const target = listed[Math.min(listed.length - 1, Math.max(0, from + step))];
  return target ? { ...at, strike: target.strike } : at;
}

/** Percent since the previous close, null when either is not known. */
export function changeOf(ltp: number | null, close: number | null): number | null {
  return ltp !== null && close ? Math.round(((ltp - close) / close) * 10_000) / 100 : null;
}

/** Contracts opened since the previous close, null unless both numbers are known. */
export function interestChange(oi: number | null, before: number | null): number | null {
  return oi === null || before === null ? null : oi - before;
}

export function legOf(rows: readonly ChainRow[], symbol: string): ChainLeg | null {
  for (const { ce, pe } of rows) {
    if (ce?.symbol === symbol) return ce;
    if (pe?.symbol === symbol) return pe;
  }
  return null;
}
