import { underlyingOf } from '@/lib/instruments/options';
import type { InstrumentRef } from '@/lib/market-data/protocol';

/** Where the option chain of an instrument is: of itself when it is an index or a share, else of what it is written on. */
export function chainPath({ symbol, exchange, name }: InstrumentRef & { name?: string | null }): string {
  const { underlying, exchange: quotedOn } = underlyingOf({ symbol, exchange, name: name ?? null });
  return `/optionchain?${new URLSearchParams({ underlying, exchange: quotedOn })}`;
}
