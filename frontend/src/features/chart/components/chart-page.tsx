import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { EmptyState, ErrorState, Skeleton } from '@/components/ui/states';
import { intervalsQuery } from '@/features/chart/api/get-bars';
import {
  type ChartSettings,
  FIRST_SETTINGS,
  settingsQuery,
  useSaveSettings,
} from '@/features/chart/api/preferences';
import { chooseInterval, inOrder } from '@/features/chart/bars/intervals';
import { ChartDesk } from '@/features/chart/components/chart-desk';
import type { HeldPosition, Proposal } from '@/features/chart/hooks/price-marks';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

export interface ChartPageProps {
  orders: readonly Order[];
  positions: readonly HeldPosition[];
  /** Asks before an order is changed; `proposal` is where it was dragged to. */
  askModify: (order: Order, proposal: Proposal | null, onClose: () => void) => ReactNode;
}

/** The address names instrument and interval; what it leaves out is what the user had last. */
export function ChartPage(props: ChartPageProps) {
  const [address, setAddress] = useSearchParams();
  const intervals = useQuery(intervalsQuery);
  const settings = useQuery(settingsQuery);
  const save = useSaveSettings();

  if (intervals.isPending || settings.isPending) return <ChartSkeleton />;
  if (!intervals.data)
    return <ChartFailure error={intervals.error} onRetry={() => void intervals.refetch()} />;
  // The chart is worth more than what was remembered of it: without an answer it starts as for a newcomer.
  const kept = settings.data ?? FIRST_SETTINGS;
  const of = instrumentOf(address, kept);
  const interval = chooseInterval(intervals.data, address.get('interval'), kept.interval);
  const remember = (change: Partial<ChartSettings>) => save({ ...kept, ...change });
  const show = (change: Record<string, string>) => {
    setAddress({ ...of, ...(interval && { interval }), ...change }, { replace: true });
    remember(change);
  };
  const pick = ({ symbol, exchange }: InstrumentRef) => show({ symbol, exchange });

  if (!of) return <ChooseSymbol onPick={pick} />;
  if (!interval)
    return (
      <ChartFailure error={new Error('The connected broker serves no bars that this chart can draw.')} />
    );
  return (
    <ChartDesk
      {...props}
      of={of}
      interval={interval}
      intervals={inOrder(intervals.data)}
      drawing={kept}
      onPick={pick}
      onInterval={(chosen) => show({ interval: chosen })}
      onDrawing={remember}
    />
  );
}

/** Both halves of a name come from one place: half an address names nothing. */
function instrumentOf(address: URLSearchParams, { symbol, exchange }: ChartSettings): InstrumentRef | null {
  const [named, listed] = [address.get('symbol'), address.get('exchange')];
  if (named || listed) return named && listed ? { symbol: named, exchange: listed } : null;
  return symbol && exchange ? { symbol, exchange } : null;
}

function ChartSkeleton() {
  return (
    <div role="status" aria-label={t('Loading chart')} className="flex min-h-0 flex-1 flex-col gap-2 p-2">
      <h1 className="sr-only">{t('Chart')}</h1>
      <Skeleton className="h-8" />
      <Skeleton className="min-h-0 flex-1" />
    </div>
  );
}

function ChartFailure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <>
      <h1 className="sr-only">{t('Chart')}</h1>
      <ErrorState error={error} onRetry={onRetry} />
    </>
  );
}

function ChooseSymbol({ onPick }: { onPick: (ref: InstrumentRef) => void }) {
  return (
    <>
      <h1 className="sr-only">{t('Chart')}</h1>
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
    </>
  );
}
