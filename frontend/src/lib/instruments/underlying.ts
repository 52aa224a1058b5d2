import type { InstrumentRef } from '@/lib/market-data/protocol';

/** A derivative's symbol: root, expiry as DDMMMYY, and what follows. */
const DERIVATIVE =
  /^(.+?)(\d{2}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d{2})(FUT|[\d.]+(?:CE|PE))$/;

/** What an instrument is a claim on: the root of a future's or option's symbol, a share's own symbol. */
export function underlyingOf({ symbol }: Pick<InstrumentRef, 'symbol'>): string {
  return DERIVATIVE.exec(symbol)?.[1] ?? symbol;
}

export function isOption({ symbol }: Pick<InstrumentRef, 'symbol'>): boolean {
  return /\d(CE|PE)$/.test(symbol) && DERIVATIVE.test(symbol);
}
