import type { InstrumentRef } from '@/lib/market-data/protocol';

/** Symbol first, exchange small beside it: how every list names an instrument. */
export function InstrumentLabel({ symbol, exchange }: InstrumentRef) {
  return (
    <span title={`${symbol} on ${exchange}`}>
      <span className="font-medium text-text">{symbol}</span>{' '}
      <span className="text-2xs text-muted">{exchange}</span>
    </span>
  );
}
