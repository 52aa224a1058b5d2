import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import { Fragment, useEffect } from 'react';
import type { Column } from '@/components/data-table/types';
import { Button } from '@/components/ui/button';
import { type LegCell, tracksOf } from '@/features/basket/components/leg-cells';
import { problemsOf } from '@/features/basket/model/legs';
import { messageOf } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { useInstrument } from '@/lib/instruments/queries';
import { t } from '@/messages/words';
import { type BasketLeg, useBasket } from '@/stores/basket';

interface LegRowProps {
  leg: BasketLeg;
  columns: readonly Column<LegCell>[];
  number: number;
  isLast: boolean;
  onJudged: (id: string, facts: { isSound: boolean; strike: number | null }) => void;
}

/** One leg with everything that can be changed about it; the contract master says whether it may be sent. */
export function LegRow({ leg, columns, number, isLast, onJudged }: LegRowProps) {
  const { change, remove, move } = useBasket();
  const { data, error } = useInstrument(leg);
  const instrument = data ?? null;
  const problems = Object.values(problemsOf(leg, instrument)).flat();
  const shown = error ? [messageOf(error)] : problems;
  const isSound = instrument !== null && problems.length === 0;
  const strike = instrument?.strike || null;
  useEffect(() => onJudged(leg.id, { isSound, strike }), [onJudged, leg.id, isSound, strike]);

  const set = (changed: Partial<BasketLeg>) => change(leg.id, changed);
  const name = t('Leg {{number}}', { number });
  return (
    <li
      aria-label={`${name}: ${leg.action} ${leg.symbol}`}
      data-symbol={leg.symbol}
      data-exchange={leg.exchange}
      className={cn('border-line border-b px-3 py-1', !leg.isOn && 'opacity-60')}
    >
      <div
        className="grid items-center gap-2 max-md:flex max-md:flex-wrap"
        style={{ gridTemplateColumns: tracksOf(columns) }}
      >
        <input
          type="checkbox"
          aria-label={t('{{name}} counts', { name })}
          checked={leg.isOn}
          onChange={(event) => set({ isOn: event.target.checked })}
          className="size-4 accent-[var(--accent)]"
        />
        <button
          type="button"
          aria-label={t('{{name}} side: {{side}}', { name, side: leg.action })}
          onClick={() => set({ action: leg.action === 'BUY' ? 'SELL' : 'BUY' })}
          className={cn(
            'h-6 rounded-[3px] font-semibold text-2xs text-white max-md:h-9 max-md:w-14',
            leg.action === 'BUY' ? 'bg-buy-fill' : 'bg-sell-fill',
          )}
        >
          {leg.action}
        </button>
        <span className="min-w-0 flex-1 truncate font-medium max-md:basis-40">
          {leg.symbol} <span className="font-normal text-2xs text-muted">{leg.exchange}</span>
        </span>
        <span aria-hidden className="hidden max-md:order-1 max-md:block max-md:basis-full" />
        {columns.map((column) => (
          <Fragment key={column.id}>{column.cell({ leg, name, set })}</Fragment>
        ))}
        <span className="flex justify-end gap-0.5 max-md:[&_button]:size-9">
          <Button
            size="iconXs"
            variant="ghost"
            className="max-md:hidden"
            aria-label={t('Move {{name}} up', { name })}
            disabled={number === 1}
            onClick={() => move(leg.id, -1)}
          >
            <ArrowUp />
          </Button>
          <Button
            size="iconXs"
            variant="ghost"
            className="max-md:hidden"
            aria-label={t('Move {{name}} down', { name })}
            disabled={isLast}
            onClick={() => move(leg.id, 1)}
          >
            <ArrowDown />
          </Button>
          <Button
            size="iconXs"
            variant="ghost"
            aria-label={t('Remove {{name}}', { name })}
            onClick={() => remove(leg.id)}
          >
            <Trash2 />
          </Button>
        </span>
      </div>
      {shown.map((text) => (
        <p key={text} role="alert" className="text-down text-xs">
          {text}
        </p>
      ))}
    </li>
  );
}
