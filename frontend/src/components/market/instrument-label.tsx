import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

/** Symbol first, exchange small beside it: how every list names an instrument. */
export function InstrumentLabel({ symbol, exchange }: InstrumentRef) {
  return (
    <span title={t('{{symbol}} on {{exchange}}', { symbol, exchange })}>
      <span className="font-medium text-text">{symbol}</span>{' '}
      <span className="text-2xs text-muted">{exchange}</span>
    </span>
  );
}
