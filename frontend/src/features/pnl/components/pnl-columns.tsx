import type { Column } from '@/components/data-table/types';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Signed } from '@/components/market/live';
import type { StrategyProfit, SymbolProfit } from '@/features/pnl/api/get-pnl';
import { afterCharges } from '@/features/pnl/hooks/sums';
import { formatMoney, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

type Figures = Omit<StrategyProfit, 'strategy'>;

/** A profit, or in words that there is none to tell. */
export function Told({ value, why }: { value: number | null; why: string }) {
  if (value !== null) return <Signed value={value || null} />;
  return (
    <span title={why} className="text-muted text-xs">
      {t('not told')}
    </span>
  );
}

const NOT_TOLD = t('The broker does not say it');
const NO_RATES = t('No rates of charges are known for it');

function unrealizedWords({ unpriced }: Figures): string {
  return unpriced > 0
    ? t('Left out: {{count}} open places without a price, or mixed with units from earlier days', {
        count: unpriced,
        one: 'Left out: {{count}} open place without a price, or mixed with units from earlier days',
      })
    : NOT_TOLD;
}

function figureColumns<Row extends Figures>(): Column<Row>[] {
  return [
    {
      id: 'trades',
      title: t('Fills', { context: 'count' }),
      width: 72,
      align: 'right',
      value: (row) => row.trades || null,
      cell: (row) => formatQuantity(row.trades || null),
    },
    {
      id: 'turnover',
      title: t('Turnover'),
      width: 140,
      align: 'right',
      isRoomy: true,
      value: (row) => row.turnover || null,
      cell: (row) => formatMoney(row.turnover || null),
    },
    {
      id: 'realized',
      title: t('Realised'),
      width: 120,
      align: 'right',
      value: (row) => row.realized,
      cell: (row) => <Told value={row.realized} why={NOT_TOLD} />,
    },
    {
      id: 'unrealized',
      title: t('Unrealised'),
      width: 120,
      align: 'right',
      value: (row) => row.unrealized,
      cell: (row) => <Told value={row.unrealized} why={unrealizedWords(row)} />,
    },
    {
      id: 'total',
      title: 'P&L',
      width: 120,
      align: 'right',
      value: (row) => row.total,
      cell: (row) => <Told value={row.total} why={unrealizedWords(row)} />,
    },
    {
      id: 'charges',
      title: t('Charges, about'),
      width: 116,
      align: 'right',
      value: (row) => row.charges,
      cell: (row) =>
        row.charges === null ? (
          <span title={NO_RATES} className="text-muted text-xs">
            {t('not known')}
          </span>
        ) : (
          formatMoney(row.charges || null)
        ),
    },
    {
      id: 'net',
      title: t('After charges'),
      width: 120,
      align: 'right',
      value: afterCharges,
      cell: (row) => <Signed value={afterCharges(row)} className="font-medium" />,
    },
  ];
}

export const SYMBOL_COLUMNS: Column<SymbolProfit>[] = [
  {
    id: 'symbol',
    title: t('Symbol'),
    isStretched: true,
    value: (row) => row.symbol,
    cell: (row) => <InstrumentLabel {...row} />,
  },
  { id: 'product', title: t('Product'), width: 76, value: (row) => row.product, cell: (row) => row.product },
  {
    id: 'quantity',
    title: t('Qty'),
    width: 84,
    align: 'right',
    value: (row) => row.quantity || null,
    cell: (row) => formatQuantity(row.quantity || null),
  },
  {
    id: 'carried',
    title: t('Carried'),
    width: 84,
    align: 'right',
    isRoomy: true,
    value: (row) => row.carried || null,
    cell: (row) => formatQuantity(row.carried || null),
  },
  ...figureColumns<SymbolProfit>(),
];

export const STRATEGY_COLUMNS: Column<StrategyProfit>[] = [
  {
    id: 'strategy',
    title: t('Strategy'),
    isStretched: true,
    value: (row) => row.strategy,
    cell: (row) =>
      row.strategy ?? <span className="text-muted">{t('Not attributed: placed elsewhere')}</span>,
  },
  ...figureColumns<StrategyProfit>(),
];
