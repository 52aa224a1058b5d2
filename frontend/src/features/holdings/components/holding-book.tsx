import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Ltp, Signed, toneClass } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { type Holding, holdingsQuery } from '@/features/holdings/api/get-holdings';
import {
  percentAt,
  profitAt,
  useHoldingLtp,
  useHoldingsTotal,
  valueAt,
} from '@/features/holdings/hooks/live-holding';
import { formatMoney, formatPercent, formatPrice, formatQuantity, toneOf } from '@/lib/format';

function Value({ of }: { of: Holding }) {
  return <span className="tick">{formatMoney(valueAt(of, useHoldingLtp(of)))}</span>;
}

function Profit({ of }: { of: Holding }) {
  return <Signed value={profitAt(of, useHoldingLtp(of))} className="tick font-medium" />;
}

function Percent({ of }: { of: Holding }) {
  const percent = percentAt(of, useHoldingLtp(of));
  return <span className={`tick ${toneClass[toneOf(percent)]}`}>{formatPercent(percent)}</span>;
}

const COLUMNS: Column<Holding>[] = [
  {
    id: 'symbol',
    title: 'Symbol',
    isStretched: true,
    value: (h) => h.symbol,
    cell: (h) => <InstrumentLabel {...h} />,
  },
  {
    id: 'quantity',
    title: 'Qty',
    width: 96,
    align: 'right',
    value: (h) => h.quantity,
    cell: (h) => formatQuantity(h.quantity),
  },
  {
    id: 'average_price',
    title: 'Average',
    width: 112,
    align: 'right',
    value: (h) => h.average_price,
    cell: (h) => formatPrice(h.average_price),
  },
  {
    id: 'ltp',
    title: 'LTP',
    width: 112,
    align: 'right',
    value: (h) => h.ltp,
    cell: (h) => <Ltp of={h} fallback={h.ltp} />,
  },
  {
    id: 'value',
    title: 'Value',
    width: 150,
    align: 'right',
    value: (h) => valueAt(h, h.ltp),
    cell: (h) => <Value of={h} />,
  },
  {
    id: 'pnl',
    title: 'P&L',
    width: 132,
    align: 'right',
    value: (h) => h.pnl,
    cell: (h) => <Profit of={h} />,
  },
  {
    id: 'pnlpercent',
    title: 'P&L %',
    width: 92,
    align: 'right',
    value: (h) => h.pnlpercent,
    cell: (h) => <Percent of={h} />,
  },
  {
    id: 'actions',
    title: '',
    width: 108,
    align: 'right',
    cell: (h) => (
      <span className="inline-flex gap-1">
        <ChartLink of={h} />
        <TradeButtons of={h} quantity={h.quantity} product={h.product} />
      </span>
    ),
  },
];

function HoldingCard({ holding }: { holding: Holding }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-baseline gap-2">
        <InstrumentLabel {...holding} />
        <span className="ml-auto">
          <Profit of={holding} />
        </span>
      </div>
      <div className="flex items-center gap-2 text-muted text-xs tabular-nums">
        <span>
          {formatQuantity(holding.quantity)} @ {formatPrice(holding.average_price)}
        </span>
        <span className="ml-auto">
          LTP <Ltp of={holding} fallback={holding.ltp} className="text-text" />
        </span>
        <Percent of={holding} />
        <span className="inline-flex gap-1 [&_a]:size-8 [&_button]:size-8">
          <ChartLink of={holding} />
          <TradeButtons of={holding} quantity={holding.quantity} product={holding.product} />
        </span>
      </div>
    </div>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      <span className="text-muted">{label}</span> <span className="font-medium tabular-nums">{children}</span>
    </span>
  );
}

function Totals({ holdings, invested }: { holdings: readonly Holding[]; invested: number | null }) {
  return (
    <>
      <Figure label="Invested">{formatMoney(invested)}</Figure>
      <Figure label="Value">{formatMoney(useHoldingsTotal(holdings, valueAt))}</Figure>
    </>
  );
}

function TotalProfit({ holdings }: { holdings: readonly Holding[] }) {
  return <Signed value={useHoldingsTotal(holdings, profitAt)} className="tick" />;
}

export function HoldingBook() {
  const query = useQuery(holdingsQuery);
  const holdings = query.data?.holdings;
  return (
    <DataTable
      name="Holdings"
      columns={COLUMNS}
      source={loadable(query, holdings)}
      rowKey={(holding) => `${holding.exchange}:${holding.symbol}`}
      describeRow={(holding) => ({ instrument: holding })}
      card={(holding) => <HoldingCard holding={holding} />}
      totals={{
        symbol: holdings && `${holdings.length} ${holdings.length === 1 ? 'holding' : 'holdings'}`,
        pnl: <TotalProfit holdings={holdings ?? []} />,
      }}
      empty={{ title: 'No holdings', hint: 'Shares bought as CNC come here when they settle.' }}
      toolbar={
        <>
          <h1 className="font-semibold text-base">Holdings</h1>
          {query.data && (
            <Totals holdings={query.data.holdings} invested={query.data.statistics.totalinvvalue} />
          )}
        </>
      }
    />
  );
}
