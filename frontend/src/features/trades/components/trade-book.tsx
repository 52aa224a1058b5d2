import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { RowFilterBar } from '@/components/filters/row-filters';
import { chartPath } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { type Trade, tradesQuery } from '@/features/trades/api/get-trades';
import { type Fields, useRowFilters } from '@/hooks/use-row-filters';
import { formatBookTime, formatCompact, formatMoney, formatPrice, formatQuantity } from '@/lib/format';

function SideText({ action }: Pick<Trade, 'action'>) {
  return (
    <span className={action === 'BUY' ? 'font-medium text-buy' : 'font-medium text-sell'}>{action}</span>
  );
}

const COLUMNS: Column<Trade>[] = [
  {
    id: 'timestamp',
    title: 'Time',
    width: 80,
    value: (t) => t.timestamp,
    cell: (t) => formatBookTime(t.timestamp),
  },
  {
    id: 'action',
    title: 'Side',
    width: 56,
    value: (t) => t.action,
    cell: (t) => <SideText action={t.action} />,
  },
  {
    id: 'symbol',
    title: 'Symbol',
    isStretched: true,
    value: (t) => t.symbol,
    cell: (t) => <InstrumentLabel {...t} />,
  },
  { id: 'product', title: 'Product', width: 80, value: (t) => t.product, cell: (t) => t.product },
  {
    id: 'quantity',
    title: 'Qty',
    width: 96,
    align: 'right',
    value: (t) => t.quantity,
    cell: (t) => formatQuantity(t.quantity),
  },
  {
    id: 'average_price',
    title: 'Price',
    width: 112,
    align: 'right',
    value: (t) => t.average_price,
    cell: (t) => formatPrice(t.average_price),
  },
  {
    id: 'trade_value',
    title: 'Value',
    width: 144,
    align: 'right',
    value: (t) => t.trade_value,
    cell: (t) => formatMoney(t.trade_value),
  },
  {
    id: 'strategy',
    title: 'Strategy',
    width: 110,
    isRoomy: true,
    value: (t) => t.strategy,
    cell: (t) => <span className="text-muted">{t.strategy}</span>,
  },
  {
    id: 'orderid',
    title: 'Order ID',
    width: 150,
    value: (t) => t.orderid,
    cell: (t) => <span className="text-muted">{t.orderid}</span>,
  },
  {
    id: 'tradeid',
    title: 'Trade ID',
    width: 150,
    value: (t) => t.tradeid,
    cell: (t) => <span className="text-muted">{t.tradeid}</span>,
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
const LABELS = { side: 'Side', product: 'Product', exchange: 'Exchange', strategy: 'Strategy' };

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
      name="Trades"
      columns={COLUMNS}
      source={loadable(query, filters.shown)}
      allRows={query.data}
      rowKey={keyOf}
      defaultSort={{ id: 'timestamp', isDescending: true }}
      describeRow={(trade) => ({ instrument: trade })}
      onOpen={(trade) => void navigate(chartPath(trade))}
      card={(trade) => <TradeCard trade={trade} />}
      totals={{
        symbol: filters.shown && `${shown.length} ${shown.length === 1 ? 'fill' : 'fills'}`,
        average_price: <span className="font-normal text-muted">BUY / SELL</span>,
        trade_value: `${formatCompact(sideValue(shown, 'BUY'))} / ${formatCompact(sideValue(shown, 'SELL'))}`,
      }}
      hasFilter={filters.hasFilter}
      onClearFilter={filters.clear}
      empty={{ title: 'No trades today', hint: 'Fills appear here the moment the exchange reports them.' }}
      toolbar={
        <>
          <h1 className="font-semibold text-base">Trades</h1>
          <RowFilterBar filters={filters} labels={LABELS} textLabel="Symbol or order id" />
        </>
      }
    />
  );
}
