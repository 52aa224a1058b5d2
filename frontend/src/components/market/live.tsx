import { useRef } from 'react';
import { flash } from '@/components/market/flash';
import { cn } from '@/lib/cn';
import { formatPercent, formatPrice, formatSigned, type Maybe, toneOf } from '@/lib/format';
import { mark, useLiveNode, useLiveTotal, writeText } from '@/lib/market-data/live-node';
import { type InstrumentRef, Mode, type Quote } from '@/lib/market-data/protocol';

/** Of money and percents as they are written. */
const DIGITS = 2;

export const toneClass = { up: 'text-up', down: 'text-down', flat: '' } as const;

interface LiveFigureProps {
  of: InstrumentRef;
  /** What is shown, from the instrument's quote; `null` is a dash. */
  figure: (quote: Quote) => number | null;
  format: (value: number | null) => string;
  /** Coloured by its sign. */
  isToned?: boolean;
  /** Tinted for a moment when it moves. */
  isFlashing?: boolean;
  className?: string;
}

/** One number that follows one instrument. Ticks are written into the page, not rendered. */
export function LiveFigure({ of, figure, format, isToned, isFlashing, className }: LiveFigureProps) {
  const shown = useRef<number | null>(null);
  const node = useLiveNode<HTMLSpanElement>(of, Mode.quote, (element, quote) => {
    const value = figure(quote);
    writeText(element, format(value));
    if (isToned) mark(element, 'tone', toneOf(value, DIGITS));
    if (isFlashing) flash(element, shown.current, value);
    shown.current = value;
  });
  return (
    <span
      ref={node}
      className={cn('tick tabular-nums', isFlashing && '-mx-1 rounded-[3px] px-1', className)}
    />
  );
}

interface LtpProps {
  of: InstrumentRef;
  /** Shown until the first tick: what the book said. */
  fallback?: Maybe<number>;
  tickSize?: Maybe<number>;
  className?: string;
}

export function Ltp({ of, fallback, tickSize, className }: LtpProps) {
  return (
    <LiveFigure
      of={of}
      figure={({ ltp }) => ltp ?? fallback ?? null}
      format={(value) => formatPrice(value, tickSize)}
      isFlashing
      className={className}
    />
  );
}

/** Percent moved since the previous close. */
export function DayChange({ of }: { of: InstrumentRef }) {
  return (
    <LiveFigure
      of={of}
      figure={({ ltp, close }) => (ltp !== null && close ? ((ltp - close) / close) * 100 : null)}
      format={formatPercent}
      isToned
    />
  );
}

interface LiveTotalProps {
  of: readonly InstrumentRef[];
  total: (ltpOf: (ref: InstrumentRef) => number | null) => number | null;
  format?: (value: number | null) => string;
  isToned?: boolean;
  className?: string;
}

/** One number over many instruments, written once a frame however many of them moved. */
export function LiveTotal({ of, total, format = formatSigned, isToned = true, className }: LiveTotalProps) {
  const node = useLiveTotal<HTMLSpanElement>(of, Mode.quote, (element, quoteOf) => {
    const value = total((ref) => quoteOf(ref).ltp);
    writeText(element, format(value));
    if (isToned) mark(element, 'tone', toneOf(value, DIGITS));
  });
  return <span ref={node} className={cn('tick tabular-nums', className)} />;
}

/** Money won or lost: sign and colour together. */
export function Signed({ value, className }: { value: Maybe<number>; className?: string }) {
  return (
    <span className={cn('tabular-nums', toneClass[toneOf(value, DIGITS)], className)}>
      {formatSigned(value)}
    </span>
  );
}
