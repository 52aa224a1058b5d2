import { useMemo } from 'react';
import { useBooksOnChart } from '@/app/books-on-chart';
import { NeedsBroker } from '@/app/shell/needs-broker';
import { BookPanel } from '@/components/filters/toolbar';
import { ChartPanel } from '@/features/chart/components/chart-panel';
import { DepthLadder } from '@/features/depth/components/depth-ladder';
import { OrderBook } from '@/features/orders/components/order-book';
import { PositionBook } from '@/features/positions/components/position-book';
import { DockedTicket } from '@/features/ticket/components/docked-ticket';
import { TradeBook } from '@/features/trades/components/trade-book';
import { Watchlist } from '@/features/watchlist/components/watchlist';
import { Workspace, type WorkspaceSlots } from '@/features/workspace/components/workspace';
import { t } from '@/messages/words';
import { useTicket } from '@/stores/ticket';

const FALLBACK = { symbol: 'NIFTY', exchange: 'NSE_INDEX' };

const BOOKS: WorkspaceSlots['books'] = {
  positions: (
    <BookPanel>
      <PositionBook />
    </BookPanel>
  ),
  orders: (
    <BookPanel>
      <OrderBook />
    </BookPanel>
  ),
  trades: (
    <BookPanel>
      <TradeBook />
    </BookPanel>
  ),
};

function Desk() {
  const books = useBooksOnChart();
  const last = useTicket((state) => state.last);
  const slots = useMemo(
    (): WorkspaceSlots => ({
      watchlist: <Watchlist />,
      chart: (slot) => <ChartPanel {...books} {...slot} isPanel />,
      depth: (of) => <DepthLadder of={of} orders={books.orders} />,
      ticket: (of) => <DockedTicket of={of} />,
      books: BOOKS,
    }),
    [books],
  );
  return <Workspace slots={slots} first={last ?? FALLBACK} />;
}

export function Component() {
  return (
    <>
      <title>{`${t('Trade')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Trade')}>
        <Desk />
      </NeedsBroker>
    </>
  );
}
