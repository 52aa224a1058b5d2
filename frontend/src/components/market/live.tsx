import { Flash } from '@/components/market/flash';
import { cn } from '@/lib/cn';
import { formatPercent, formatPrice, formatSigned, type Maybe, toneOf } from '@/lib/format';
import { useLtp, useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';

export const toneClass = { up: 'text-up', down: 'text-down', flat: '' } as const;

interface LtpProps {
  of: InstrumentRef;
  /** Shown until the first tick: what the book said. */
  fallback?: Maybe<number>;
  tickSize?: Maybe<number>;
  className?: string;
}

export function Ltp({ of, fallback, tickSize, className }: LtpProps) {
  const ltp = useLtp(of) ?? fallback ?? null;
  return (
    <Flash value={ltp} className={className}>
      {formatPrice(ltp, tickSize)}
    </Flash>
  );
}

/** Percent moved since the previous close. */
export function DayChange({ of }: { of: InstrumentRef }) {
  const percent = useQuoteValue(of, Mode.quote, ({ ltp, close }) =>
    ltp !== null && close ? Math.round(((ltp - close) / close) * 10_000) / 100 : null,
  );
  return (
    <span className={cn('tick tabular-nums', toneClass[toneOf(percent)])}>{formatPercent(percent)}</span>
  );
}

/** Money won or lost: sign and colour together. */
export function Signed({ value, className }: { value: Maybe<number>; className?: string }) {
  return (
    <span className={cn('tabular-nums', toneClass[toneOf(value)], className)}>{formatSigned(value)}</span>
  );
}
