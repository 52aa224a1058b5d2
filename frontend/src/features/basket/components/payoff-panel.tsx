import { useState } from 'react';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type Payoff, usePayoff } from '@/features/basket/api/payoff';
import { PayoffChart } from '@/features/basket/components/payoff-chart';
import { PayoffFacts } from '@/features/basket/components/payoff-facts';
import { nearest, stretch, told } from '@/features/basket/model/chart';
import { formatPrice, formatSigned } from '@/lib/format';
import { t } from '@/messages/words';

interface PayoffPanelProps {
  legs: readonly object[];
  margin: { needed: number | null; benefit: number | null; isMissing: boolean };
  /** Strikes of the legs: rows of the table. */
  strikes: readonly number[];
}

/** The payoff of the legs that are switched on, at the first expiry and at a chosen day and volatility. */
export function PayoffPanel({ legs, margin, strikes }: PayoffPanelProps) {
  const [days, setDays] = useState(0);
  const [shift, setShift] = useState(0);
  const [isWhole, setIsWhole] = useState(false);
  const query = usePayoff({ legs, days, volatility_shift: shift });
  const payoff = query.data;
  if (legs.length === 0)
    return (
      <EmptyState
        title={t('No legs yet')}
        hint={t(
          'Choose a strategy, search a contract, or press B and S in the option chain with Basket switched on.',
        )}
      />
    );
  if (!payoff) {
    if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} isCompact />;
    return (
      <div role="status" aria-label={t('Loading payoff')} className="grid min-h-80 flex-1 p-3">
        <Skeleton className="h-full" />
      </div>
    );
  }
  const targetName = nameOf(payoff.days, shift);
  const marks = [...strikes, ...(payoff.terminal?.breakevens ?? [])];
  return (
    <section aria-label={t('Payoff')} className="flex min-h-[26rem] flex-1 shrink-0 flex-col">
      {query.error ? <StaleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      <div className="flex flex-wrap items-center gap-x-5 gap-y-1 px-3 py-1 text-xs">
        <h2 className="font-semibold text-sm">
          {t('Payoff')} <span className="font-normal text-muted">{payoff.underlying}</span>
        </h2>
        <Legend targetName={targetName} gap={payoff.gap} />
        <label className="flex cursor-pointer items-center gap-1.5 text-muted">
          <input
            type="checkbox"
            checked={isWhole}
            onChange={(event) => setIsWhole(event.target.checked)}
            className="size-3.5 accent-[var(--accent)]"
          />
          {t('Whole range')}
        </label>
        <Sliders payoff={payoff} days={days} shift={shift} onDays={setDays} onShift={setShift} />
      </div>
      <div className="flex min-h-0 flex-1 gap-3 px-3 pb-2 max-lg:flex-col">
        <div className="min-h-64 min-w-0 flex-1">
          <PayoffChart payoff={isWhole ? payoff : cropped(payoff, marks)} targetName={targetName} />
        </div>
        <div className="w-60 shrink-0 max-lg:w-auto">
          <PayoffFacts payoff={payoff} margin={margin} />
        </div>
      </div>
      <PayoffTable payoff={payoff} strikes={strikes} targetName={targetName} />
    </section>
  );
}

/** The part of the curves around strikes and breakevens. */
function cropped(payoff: Payoff, marks: readonly number[]): Payoff {
  const [first, last] = stretch(payoff.prices, marks, payoff.spot);
  const cut = (values: readonly number[]) => values.slice(first, last + 1);
  return {
    ...payoff,
    prices: cut(payoff.prices),
    expiry: payoff.expiry && cut(payoff.expiry),
    target: payoff.target && cut(payoff.target),
  };
}

function nameOf(days: number, shift: number): string {
  const day = days < 0.05 ? t('now') : t('in {{days}} days', { days: days.toFixed(1) });
  return shift === 0 ? day : t('{{day}}, IV {{shift}}%', { day, shift: formatSigned(shift, 0) });
}

function Legend({ targetName, gap }: { targetName: string; gap: string }) {
  return (
    <p className="flex items-center gap-3 text-muted">
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="h-0.5 w-5 bg-up" /> {t('At expiry')}
      </span>
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="w-5 border-buy border-t-2 border-dashed" /> {targetName}
      </span>
      {gap && <span className="text-warn">{gap}</span>}
    </p>
  );
}

interface SlidersProps {
  payoff: Payoff;
  days: number;
  shift: number;
  onDays: (days: number) => void;
  onShift: (shift: number) => void;
}

function Sliders({ payoff, days, shift, onDays, onShift }: SlidersProps) {
  const left = payoff.days_left ?? 0;
  return (
    <div className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-1 max-md:ml-0">
      <label className="flex items-center gap-2">
        <span className="text-muted">{t('Days ahead')}</span>
        <input
          type="range"
          min={0}
          max={Math.max(left, 0.1)}
          step={left > 3 ? 0.5 : 0.1}
          value={Math.min(days, left)}
          aria-valuetext={t('{{days}} of {{left}} days', {
            days: payoff.days.toFixed(1),
            left: left.toFixed(1),
          })}
          onChange={(event) => onDays(Number(event.target.value))}
          className="w-28 accent-[var(--accent)]"
        />
        <output className="w-16 tabular-nums">
          {Math.min(days, left).toFixed(1)} / {left.toFixed(1)}
        </output>
      </label>
      <label className="flex items-center gap-2">
        <span className="text-muted">{t('Volatility')}</span>
        <input
          type="range"
          min={-50}
          max={100}
          step={5}
          value={shift}
          aria-valuetext={t('{{shift}} percent', { shift })}
          onChange={(event) => onShift(Number(event.target.value))}
          className="w-28 accent-[var(--accent)]"
        />
        <output className="w-10 tabular-nums">{formatSigned(shift, 0)}%</output>
      </label>
    </div>
  );
}

/** The chart's figures for those who do not see it, and for those who want them exactly. */
function PayoffTable({
  payoff,
  strikes,
  targetName,
}: {
  payoff: Payoff;
  strikes: readonly number[];
  targetName: string;
}) {
  const { prices, expiry, target } = payoff;
  const marks = [payoff.spot, ...strikes, ...(payoff.terminal?.breakevens ?? [])];
  const spotPlace = nearest(prices, payoff.spot);
  return (
    <details className="border-line border-t px-3 py-1 text-xs">
      <summary className="cursor-pointer text-muted">{t('Figures as a table')}</summary>
      <table aria-label={t('Payoff')} className="mt-1 w-full max-w-xl tabular-nums">
        <thead>
          <tr className="text-muted">
            <th scope="col" className="text-right font-medium">
              {t('Underlying')}
            </th>
            <th scope="col" className="text-right font-medium">
              {t('At expiry')}
            </th>
            <th scope="col" className="text-right font-medium">
              {targetName}
            </th>
          </tr>
        </thead>
        <tbody>
          {told(prices, marks).map((place) => (
            <tr key={place} className={place === spotPlace ? 'font-semibold' : undefined}>
              <td className="text-right">{formatPrice(prices[place])}</td>
              <td className="text-right">{formatSigned(expiry?.[place])}</td>
              <td className="text-right">{formatSigned(target?.[place])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
