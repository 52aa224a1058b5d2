import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { SelectFilter, TextFilter } from '@/components/filters/filter-bar';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { type Trade, tradesQuery } from '@/features/trades/api/get-trades';
import { useUrlState } from '@/hooks/use-url-state';
import { formatBookTime, formatMoney, formatPrice, formatQuantity } from '@/lib/format';

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

export function TradeBook() {
  const query = useQuery(tradesQuery);
  const { read, set } = useUrlState();
  const side = read('side');
  const text = read('q');
  const shown = useMemo(
    () =>
      query.data?.filter(
        (trade) =>
          (!side || trade.action === side) &&
          (!text || `${trade.symbol} ${trade.orderid}`.toUpperCase().includes(text.trim().toUpperCase())),
      ),
    [query.data, side, text],
  );
  return (
    <DataTable
      name="Trades"
      columns={COLUMNS}
      source={loadable(query, shown)}
      rowKey={(trade) =>
        `${trade.orderid}/${trade.tradeid ?? `${trade.timestamp}/${trade.quantity}/${trade.average_price}`}`
      }
      defaultSort={{ id: 'timestamp', isDescending: true }}
      describeRow={(trade) => ({ instrument: trade })}
      card={(trade) => <TradeCard trade={trade} />}
      hasFilter={Boolean(side || text)}
      onClearFilter={() => {
        set('side', null);
        set('q', null);
      }}
      empty={{ title: 'No trades today', hint: 'Fills appear here the moment the exchange reports them.' }}
      toolbar={
        <>
          <h1 className="font-semibold text-base">Trades</h1>
          <SelectFilter
            label="Side"
            value={side}
            options={['BUY', 'SELL']}
            onChange={(value) => set('side', value)}
          />
          <TextFilter label="Symbol or order id" value={text} onChange={(value) => set('q', value)} />
        </>
      }
    />
  );
}
