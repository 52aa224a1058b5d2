import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import type { Drawing } from '@/features/chart/api/preferences';
import { ChartOrders } from '@/features/chart/components/chart-orders';
import type { ChartBooks } from '@/features/chart/components/chart-panel';
import { ChartToolbar } from '@/features/chart/components/chart-toolbar';
import { PriceChart } from '@/features/chart/components/price-chart';
import { marksOf, type PriceMark, type Proposal, workingOrders } from '@/features/chart/hooks/price-marks';
import { useBars } from '@/features/chart/hooks/use-bars';
import type { ChartLook } from '@/features/chart/view/look';
import { useInstrument, useQuoteSnapshot } from '@/lib/instruments/queries';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { PriceLine } from '@/lib/orders/price-lines';
import type { Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

interface ChartDeskProps extends ChartBooks {
  of: InstrumentRef;
  interval: string;
  intervals: readonly string[];
  drawing: Drawing & { isOwn: boolean };
  look: ChartLook;
  /** In a panel of a page that has a heading of its own. */
  isPanel?: boolean;
  badge?: ReactNode;
  onPick: (ref: InstrumentRef) => void;
  onInterval: (interval: string) => void;
  onDrawing: (drawing: Drawing & { isOwn: boolean }) => void;
  onLook: (look: ChartLook) => void;
}

interface Asked {
  order: Order;
  proposal: Proposal | null;
}

interface Moved {
  line: PriceLine;
  price: number;
}

/** A line stays where it was dropped until that is confirmed or given up. */
function withMove(line: PriceLine, moved: Moved | null): PriceLine {
  return moved?.line.id === line.id ? { ...line, price: moved.price, title: `${line.title}…` } : line;
}

/** One instrument: what can be chosen, the chart, its orders in words. */
export function ChartDesk(props: ChartDeskProps) {
  const { interval, orders, positions, drawing, lines } = props;
  const { symbol, exchange } = props.of;
  const of = useMemo(() => ({ symbol, exchange }), [symbol, exchange]);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [moved, setMoved] = useState<Moved | null>(null);
  const instrument = useInstrument(of);
  const found = useBars(of, interval);
  useQuoteSnapshot(useMemo(() => [of], [of]));
  const tickSize = instrument.data?.tick_size ?? null;
  const proposal = asked?.proposal ?? null;
  const marks = useMemo(
    () =>
      marksOf(
        of,
        orders,
        positions,
        proposal,
        lines?.map((line) => withMove(line, moved)),
      ),
    [of, orders, positions, proposal, lines, moved],
  );

  const onDrop = useCallback(
    ({ drag }: PriceMark, price: number) => {
      if (!drag) return;
      if ('line' in drag) {
        setMoved({ line: drag.line, price });
        return;
      }
      const order = orders.find((one) => one.orderid === drag.orderid);
      if (order) setAsked({ order, proposal: { order, field: drag.field, price } });
    },
    [orders],
  );

  const { bars } = found;
  const retry = found.retry;
  return (
    <section aria-label={t('{{symbol}} chart', { symbol })} className="flex min-h-0 flex-1 flex-col">
      <ChartToolbar {...props} tickSize={tickSize} isLoadingOlder={found.isLoadingOlder} />
      {bars && found.error && <StaleNotice error={found.error} onRetry={retry} />}
      {bars && bars.length > 0 ? (
        <PriceChart
          of={of}
          interval={interval}
          tickSize={tickSize}
          bars={bars}
          chosen={drawing.indicators}
          isVolumeShown={drawing.isVolumeShown}
          look={props.look}
          marks={marks}
          onNeedOlder={found.loadOlder}
          onDrop={onDrop}
        />
      ) : found.error ? (
        <ErrorState error={found.error} onRetry={retry} />
      ) : found.isSettled ? (
        <EmptyState
          title={t('No bars of {{symbol}} for this interval', { symbol })}
          hint={t('The broker has none for these days. Another interval or instrument may have some.')}
        />
      ) : (
        <div role="status" aria-label={t('Loading bars')} className="min-h-0 flex-1 p-2">
          <Skeleton className="h-full" />
        </div>
      )}
      <ChartOrders
        orders={workingOrders(orders, of)}
        tickSize={tickSize}
        onModify={(order) => setAsked({ order, proposal: null })}
      />
      <p className="shrink-0 border-line border-t px-2 py-0.5 text-2xs text-muted">
        {t('Times are IST. Charts by')}{' '}
        <a
          href="https://www.tradingview.com/"
          target="_blank"
          rel="noreferrer"
          className="text-accent-text underline"
        >
          TradingView
        </a>
        : Lightweight Charts™ © 2025 TradingView, Inc.
      </p>
      {asked && props.askModify(asked.order, asked.proposal, () => setAsked(null))}
      {moved && props.askMove?.(moved.line, moved.price, () => setMoved(null))}
    </section>
  );
}
