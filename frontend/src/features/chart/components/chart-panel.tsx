import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { EmptyState, ErrorState, Skeleton } from '@/components/ui/states';
import { intervalsQuery } from '@/features/chart/api/get-bars';
import { FIRST_SETTINGS, settingsQuery, useSaveSettings } from '@/features/chart/api/preferences';
import { chooseInterval, inOrder } from '@/features/chart/bars/intervals';
import { ChartDesk } from '@/features/chart/components/chart-desk';
import { drawingOf, withDrawing } from '@/features/chart/hooks/own-drawing';
import type { HeldPosition, Proposal } from '@/features/chart/hooks/price-marks';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { PriceLine } from '@/lib/orders/price-lines';
import type { Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

/** What a chart draws besides bars, and how a change of it is asked for. */
export interface ChartBooks {
  orders: readonly Order[];
  positions: readonly HeldPosition[];
  lines?: readonly PriceLine[];
  /** Asks before an order is changed; `proposal` is where it was dragged to. */
  askModify: (order: Order, proposal: Proposal | null, onClose: () => void) => ReactNode;
  /** Asks before another line is moved to `price`. */
  askMove?: (line: PriceLine, price: number, onClose: () => void) => ReactNode;
}

interface ChartPanelProps extends ChartBooks {
  of: InstrumentRef | null;
  /** The wanted interval; what was used last where it is null or not served. */
  interval: string | null;
  isPanel?: boolean;
  badge?: ReactNode;
  onPick: (ref: InstrumentRef) => void;
  onInterval: (interval: string) => void;
}

/** A chart with its tools, of an instrument and an interval that somebody else holds. */
export function ChartPanel({ of, interval, ...props }: ChartPanelProps) {
  const intervals = useQuery(intervalsQuery);
  const settings = useQuery(settingsQuery);
  const save = useSaveSettings();
  const heading = props.isPanel ? null : <h1 className="sr-only">{t('Chart')}</h1>;

  if (intervals.isPending || settings.isPending) return <ChartSkeleton heading={heading} />;
  if (!intervals.data)
    return (
      <>
        {heading}
        <ErrorState error={intervals.error} onRetry={() => void intervals.refetch()} />
      </>
    );
  if (!of)
    return (
      <>
        {heading}
        <ChooseSymbol onPick={props.onPick} />
      </>
    );
  // The chart is worth more than what was remembered of it: without an answer it starts as for a newcomer.
  const kept = settings.data ?? FIRST_SETTINGS;
  const chosen = chooseInterval(intervals.data, interval, kept.interval);
  if (!chosen)
    return (
      <>
        {heading}
        <ErrorState error={new Error('The connected broker serves no bars that this chart can draw.')} />
      </>
    );
  return (
    <ChartDesk
      {...props}
      of={of}
      interval={chosen}
      intervals={inOrder(intervals.data)}
      drawing={drawingOf(kept, of)}
      look={kept.look}
      onLook={(look) => save({ ...kept, look })}
      onDrawing={(drawing) => save(withDrawing(kept, of, drawing))}
    />
  );
}

export function ChartSkeleton({ heading }: { heading: ReactNode }) {
  return (
    <div role="status" aria-label={t('Loading chart')} className="flex min-h-0 flex-1 flex-col gap-2 p-2">
      {heading}
      <Skeleton className="h-8" />
      <Skeleton className="min-h-0 flex-1" />
    </div>
  );
}

function ChooseSymbol({ onPick }: { onPick: (ref: InstrumentRef) => void }) {
  return (
    <EmptyState
      title={t('No instrument chosen')}
      hint={t('Find one here, or open its chart from the watchlist, the orders or the positions.')}
      action={
        <div className="w-72 text-left">
          <SymbolPicker
            label={t('Instrument of the chart')}
            placeholder={t('Symbol, e.g. SBIN')}
            onPick={onPick}
          />
        </div>
      }
    />
  );
}
