import { toneClass } from '@/components/market/live';
import { cn } from '@/lib/cn';
import { formatPrice, formatQuantity, formatSigned, toneOf } from '@/lib/format';
import { useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';

/** Rupees moved since the previous close. */
export function RupeeChange({ of, className }: { of: InstrumentRef; className?: string }) {
  const change = useQuoteValue(of, Mode.quote, ({ ltp, close }) =>
    ltp !== null && close ? Math.round((ltp - close) * 100) / 100 : null,
  );
  return (
    <span className={cn('tick tabular-nums', toneClass[toneOf(change, 2)], className)}>
      {formatSigned(change)}
    </span>
  );
}

/** A price of the day, or the close before it. */
export function DayPrice({ of, field }: { of: InstrumentRef; field: 'open' | 'high' | 'low' | 'close' }) {
  const price = useQuoteValue(of, Mode.quote, (quote) => quote[field] || null);
  return <span className="tick text-muted tabular-nums">{formatPrice(price)}</span>;
}

/** Units traded today. */
export function Volume({ of, className }: { of: InstrumentRef; className?: string }) {
  // An index trades nothing: its zero is no figure.
  const volume = useQuoteValue(of, Mode.quote, (quote) => quote.volume || null);
  return <span className={cn('tick text-muted tabular-nums', className)}>{formatQuantity(volume)}</span>;
}
