import { DayChange, Ltp } from '@/components/market/live';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { t } from '@/messages/words';

const INDICES = [
  { symbol: 'NIFTY', exchange: 'NSE_INDEX' },
  { symbol: 'BANKNIFTY', exchange: 'NSE_INDEX' },
  { symbol: 'SENSEX', exchange: 'BSE_INDEX' },
];

/** The market at a glance. */
export function IndexTicker() {
  useQuoteSnapshot(INDICES);
  return (
    <ul aria-label={t('Indices')} className="flex items-center gap-5 text-xs max-lg:hidden">
      {INDICES.map((index) => (
        <li key={index.symbol} className="flex items-center gap-2">
          <span className="text-muted">{index.symbol}</span>
          <Ltp of={index} className="font-medium" />
          <DayChange of={index} />
        </li>
      ))}
    </ul>
  );
}
