import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { RowFilterBar } from '@/components/filters/row-filters';
import { ChartLink, chartPath } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { LiveFigure, LiveTotal, Ltp } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Button } from '@/components/ui/button';
import { type Holding, holdingsQuery } from '@/features/holdings/api/get-holdings';
import { investedIn, percentAt, profitAt, totalOf, valueAt } from '@/features/holdings/hooks/live-holding';
import { type Fields, useRowFilters } from '@/hooks/use-row-filters';
import { formatMoney, formatPercent, formatPrice, formatQuantity, formatSigned } from '@/lib/format';
import { t } from '@/messages/words';
import { openTicket } from '@/stores/ticket';

type FigureOf = (holding: Holding, ltp: number | null) => number | null;

function Live({
  of,
  figure,
  format,
}: {
  of: Holding;
  figure: FigureOf;
  format: (value: number | null) => string;
}) {
  return <LiveFigure of={of} figure={({ ltp }) => figure(of, ltp ?? of.ltp)} format={format} isToned />;
}

function Value({ of }: { of: Holding }) {
  return <LiveFigure of={of} figure={({ ltp }) => valueAt(of, ltp ?? of.ltp)} format={formatMoney} />;
}

function Profit({ of }: { of: Holding }) {
  return <Live of={of} figure={profitAt} format={formatSigned} />;
}

function Percent({ of }: { of: Holding }) {
  return <Live of={of} figure={percentAt} format={formatPercent} />;
}

/** The whole holding as a sale in the ticket; nothing is sent before it is submitted. */
function SellButton({ of }: { of: Holding }) {
  if (of.quantity <= 0) return null;
  const { symbol, exchange, quantity, product } = of;
  return (
    <Button
      size="xs"
      variant="sellGhost"
      aria-label={t('Sell {{quantity}} {{symbol}}', { quantity: formatQuantity(quantity), symbol })}
      onClick={() => openTicket({ symbol, exchange, action: 'SELL', quantity, product })}
    >
      {t('Sell')}
    </Button>
  );
}

const COLUMNS: Column<Holding>[] = [
  {
    id: 'symbol',
    title: t('Symbol'),
    isStretched: true,
    value: (h) => h.symbol,
    cell: (h) => <InstrumentLabel {...h} />,
  },
  {
    id: 'quantity',
    title: t('Qty'),
    width: 96,
    align: 'right',
    value: (h) => h.quantity,
    cell: (h) => formatQuantity(h.quantity),
  },
  {
    id: 'average_price',
    title: t('Average'),
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
    title: t('Value'),
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
        <SellButton of={h} />
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
      <Figure label={t('Invested')}>{formatMoney(invested)}</Figure>
      <Figure label={t('Value')}>
        <LiveTotal
          of={holdings}
          total={(ltpOf) => totalOf(holdings, valueAt, ltpOf)}
          format={formatMoney}
          isToned={false}
        />
      </Figure>
    </>
  );
}

function TotalProfit({ holdings }: { holdings: readonly Holding[] }) {
  return <LiveTotal of={holdings} total={(ltpOf) => totalOf(holdings, profitAt, ltpOf)} />;
}

const FIELDS: Fields<Holding> = {
  exchange: (holding) => holding.exchange,
  product: (holding) => holding.product,
};
const LABELS = { exchange: t('Exchange'), product: t('Product') };
const textOf = ({ symbol }: Holding) => symbol;

export function HoldingBook() {
  const query = useQuery(holdingsQuery);
  const navigate = useNavigate();
  const all = query.data?.holdings;
  const filters = useRowFilters(all, FIELDS, textOf);
  const holdings = filters.shown;
  return (
    <DataTable
      book="holdings"
      name={t('Holdings')}
      columns={COLUMNS}
      source={loadable(query, holdings)}
      allRows={all}
      hasFilter={filters.hasFilter}
      onClearFilter={filters.clear}
      onOpen={(holding) => void navigate(chartPath(holding))}
      rowKey={(holding) => `${holding.exchange}:${holding.symbol}`}
      describeRow={(holding) => ({ instrument: holding })}
      card={(holding) => <HoldingCard holding={holding} />}
      totals={{
        symbol: holdings && t('{{count}} holdings', { count: holdings.length, one: '{{count}} holding' }),
        pnl: <TotalProfit holdings={holdings ?? []} />,
      }}
      empty={{ title: t('No holdings'), hint: t('Shares bought as CNC come here when they settle.') }}
      toolbar={
        <>
          <h1 className="font-semibold text-base">{t('Holdings')}</h1>
          <RowFilterBar filters={filters} labels={LABELS} textLabel={t('Symbol')} />
          {query.data && <Totals holdings={holdings ?? []} invested={investedIn(holdings ?? [])} />}
        </>
      }
    />
  );
}
