import type { ReactNode } from 'react';
import { toneClass } from '@/components/market/live';
import type { ChainLeg } from '@/features/option-chain/api/get-chain';
import type { ColumnId } from '@/features/option-chain/model/columns';
import { changeOf, interestChange } from '@/features/option-chain/model/rows';
import { cn } from '@/lib/cn';
import { formatCompact, formatPercent, formatPrice, toneOf } from '@/lib/format';
import { useLtp, useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

export interface CellProps {
  of: InstrumentRef;
  leg: ChainLeg;
}

const decimals = new Map(
  [2, 4, 6].map((digits) => [
    digits,
    new Intl.NumberFormat('en-IN', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ]),
);

const coarse = [0, 1].map(
  (digits) =>
    new Intl.NumberFormat('en-IN', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      signDisplay: 'always',
    }),
);

/** Options move by tens and hundreds of percent: then the decimals say nothing and would not fit. */
function percentText(percent: number | null): string {
  if (percent === null || Math.abs(percent) < 10) return formatPercent(percent);
  return `${coarse[Math.abs(percent) < 100 ? 1 : 0]?.format(percent).replace('-', '\u2212')}%`;
}

/** A Greek or a volatility; what cannot be computed is a dash that says why. */
function Computed({
  value,
  digits,
  reason,
}: {
  value: number | null;
  digits: number;
  reason: string | null;
}) {
  if (value === null)
    return (
      <span title={reason ?? t('not known')} className="text-muted">
        –<span className="sr-only"> {reason ?? t('not known')}</span>
      </span>
    );
  return <span className="tick">{decimals.get(digits)?.format(value).replace('-', '−')}</span>;
}

function Touch({ of, leg, side }: CellProps & { side: 'bid' | 'ask' }) {
  const live = useQuoteValue(of, Mode.depth, (quote) => quote[side]);
  const value = live ?? leg[side];
  return (
    <span className={cn('tick', side === 'bid' ? 'text-buy' : 'text-sell')}>
      {formatPrice(value, leg.tick_size)}
    </span>
  );
}

/** Does not flash as single prices do: a screen of flashing cells says nothing and costs every frame. */
function LastPrice({ of, leg }: CellProps) {
  const value = useLtp(of) ?? leg.ltp;
  return <span className="tick font-medium">{formatPrice(value, leg.tick_size)}</span>;
}

function Change({ of, leg }: CellProps) {
  const live = useQuoteValue(of, Mode.quote, ({ ltp, close }) => changeOf(ltp, close ?? leg.prev_close));
  const percent = live ?? changeOf(leg.ltp, leg.prev_close);
  return <span className={cn('tick', toneClass[toneOf(percent, 2)])}>{percentText(percent)}</span>;
}

function Volume({ of, leg }: CellProps) {
  const live = useQuoteValue(of, Mode.quote, (quote) => quote.volume);
  return <span className="tick">{formatCompact(live ?? leg.volume)}</span>;
}

/** The feed's figure where it tells one: the chain that is asked for is some seconds older. */
function useInterest({ of, leg }: CellProps): number | null {
  return useQuoteValue(of, Mode.quote, ({ oi }) => oi) || leg.oi;
}

function Interest(cell: CellProps) {
  return <span className="tick relative">{formatCompact(useInterest(cell))}</span>;
}

function InterestChange(cell: CellProps) {
  const change = interestChange(useInterest(cell), cell.leg.prev_oi);
  const share = change !== null && cell.leg.prev_oi ? (100 * change) / cell.leg.prev_oi : null;
  return (
    <span
      title={change === null ? t('not known') : percentText(share)}
      className={cn('tick', toneClass[toneOf(change)])}
    >
      {change !== null && change > 0 && '+'}
      {formatCompact(change)}
      {change === null && <span className="sr-only"> {t('not known')}</span>}
    </span>
  );
}

/** One figure of one contract. */
export const CELLS: Record<ColumnId, (cell: CellProps) => ReactNode> = {
  oi: (cell) => <Interest {...cell} />,
  oi_change: (cell) => <InterestChange {...cell} />,
  volume: (cell) => <Volume {...cell} />,
  vega: ({ leg }) => <Computed value={leg.vega} digits={2} reason={leg.iv_reason} />,
  theta: ({ leg }) => <Computed value={leg.theta} digits={2} reason={leg.iv_reason} />,
  gamma: ({ leg }) => <Computed value={leg.gamma} digits={6} reason={leg.iv_reason} />,
  delta: ({ leg }) => <Computed value={leg.delta} digits={4} reason={leg.iv_reason} />,
  iv: ({ leg }) => <Computed value={leg.implied_volatility} digits={2} reason={leg.iv_reason} />,
  bid: (cell) => <Touch {...cell} side="bid" />,
  ask: (cell) => <Touch {...cell} side="ask" />,
  change: (cell) => <Change {...cell} />,
  ltp: (cell) => <LastPrice {...cell} />,
};
