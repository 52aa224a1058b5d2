import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { RowFilterBar } from '@/components/filters/row-filters';
import { BookHeading } from '@/components/filters/toolbar';
import { chartPath } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { type Trade, tradesQuery } from '@/features/trades/api/get-trades';
import { type Fields, useRowFilters } from '@/hooks/use-row-filters';
import { formatBookTime, formatCompact, formatMoney, formatPrice, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

function SideText({ action }: Pick<Trade, 'action'>) {
  return (
    <span className={action === 'BUY' ? 'font-medium text-buy' : 'font-medium text-sell'}>{action}</span>
  );
}

const COLUMNS: Column<Trade>[] = [
  {
    id: 'timestamp',
    title: t('Time'),
    width: 80,
    value: (trade) => trade.timestamp,
    cell: (trade) => formatBookTime(trade.timestamp),
  },
  {
    id: 'action',
    title: t('Side'),
    width: 56,
    value: (trade) => trade.action,
    cell: (trade) => <SideText action={trade.action} />,
  },
  {
    id: 'symbol',
    title: t('Symbol'),
    isStretched: true,
    value: (trade) => trade.symbol,
    cell: (trade) => <InstrumentLabel {...trade} />,
  },
  {
    id: 'product',
    title: t('Product'),
    width: 80,
    value: (trade) => trade.product,
    cell: (trade) => trade.product,
  },
  {
    id: 'quantity',
    title: t('Qty'),
    width: 96,
    align: 'right',
    value: (trade) => trade.quantity,
    cell: (trade) => formatQuantity(trade.quantity),
  },
  {
    id: 'average_price',
    title: t('Price'),
    width: 112,
    align: 'right',
    value: (trade) => trade.average_price,
    cell: (trade) => formatPrice(trade.average_price),
  },
  {
    id: 'trade_value',
    title: t('Value'),
    width: 144,
    align: 'right',
    value: (trade) => trade.trade_value,
    cell: (trade) => formatMoney(trade.trade_value),
  },
  {
    id: 'strategy',
    title: t('Strategy'),
    width: 110,
    isRoomy: true,
    value: (trade) => trade.strategy,
    cell: (trade) => <span className="text-muted">{trade.strategy}</span>,
  },
  {
    id: 'orderid',
    title: t('Order ID'),
    width: 150,
    value: (trade) => trade.orderid,
    cell: (trade) => <span className="text-muted">{trade.orderid}</span>,
  },
  {
    id: 'tradeid',
    title: t('Trade ID'),
    width: 150,
    value: (trade) => trade.tradeid,
    cell: (trade) => <span className="text-muted">{trade.tradeid}</span>,
  },
];

function TradeCard({ trade }: { trade: Trade }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <SideText action={trade.action} />
        <InstrumentLabel {...trade} />
        <span className="ml-auto font-medium tabular-nums">{formatPrice(trade.average_price)}</span>
      </div>
      <div className="flex text-muted text-xs tabular-nums">
        <span>
          {formatBookTime(trade.timestamp)} · {formatQuantity(trade.quantity)} {trade.product}
        </span>
        <span className="ml-auto">{formatMoney(trade.trade_value)}</span>
      </div>
    </div>
  );
}

const FIELDS: Fields<Trade> = {
  side: (trade) => trade.action,
  product: (trade) => trade.product,
  exchange: (trade) => trade.exchange,
  strategy: (trade) => trade.strategy,
};
const LABELS = { side: t('Side'), product: t('Product'), exchange: t('Exchange'), strategy: t('Strategy') };

const textOf = (trade: Trade) => `${trade.symbol} ${trade.orderid}`;
const keyOf = (trade: Trade) =>
  `${trade.orderid}/${trade.tradeid ?? `${trade.timestamp}/${trade.quantity}/${trade.average_price}`}`;

/** Bought and sold for, of the fills on screen; `null` where one has no value. */
function sideValue(trades: readonly Trade[], action: Trade['action']): number | null {
  let total = 0;
  for (const trade of trades) {
    if (trade.action !== action) continue;
    if (trade.trade_value === null) return null;
    total += trade.trade_value;
  }
  return total;
}

export function TradeBook() {
  const query = useQuery(tradesQuery);
  const navigate = useNavigate();
  const filters = useRowFilters(query.data, FIELDS, textOf);
  const { shown = [] } = filters;
  return (
    <DataTable
      book="trades"
      name={t('Trades')}
      columns={COLUMNS}
      source={loadable(query, filters.shown)}
      allRows={query.data}
      rowKey={keyOf}
      defaultSort={{ id: 'timestamp', isDescending: true }}
      describeRow={(trade) => ({ instrument: trade })}
      onOpen={(trade) => void navigate(chartPath(trade))}
      card={(trade) => <TradeCard trade={trade} />}
      totals={{
        symbol: filters.shown && t('{{count}} fills', { count: shown.length, one: '{{count}} fill' }),
        average_price: <span className="font-normal text-muted">BUY / SELL</span>,
        trade_value: `${formatCompact(sideValue(shown, 'BUY'))} / ${formatCompact(sideValue(shown, 'SELL'))}`,
      }}
      hasFilter={filters.hasFilter}
      onClearFilter={filters.clear}
      empty={{
        title: t('No trades today'),
        hint: t('Fills appear here the moment the exchange reports them.'),
      }}
      toolbar={
        <>
          <BookHeading>{t('Trades')}</BookHeading>
          <RowFilterBar filters={filters} labels={LABELS} textLabel={t('Symbol or order id')} />
        </>
      }
    />
  );
}
