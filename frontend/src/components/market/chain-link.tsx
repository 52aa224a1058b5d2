import { CASH_EXCHANGES, isTradable } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';

/** Where the option chain of an instrument is: of itself when it is an index or a share, else of what it is written on. */
export function chainPath({ symbol, exchange, name }: InstrumentRef & { name?: string | null }): string {
  const isItself = !isTradable(exchange) || (CASH_EXCHANGES as readonly string[]).includes(exchange);
  return `/optionchain?${new URLSearchParams({ underlying: isItself ? symbol : (name ?? symbol), exchange })}`;
}
