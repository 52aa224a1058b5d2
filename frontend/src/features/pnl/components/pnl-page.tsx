import { useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import { ChipFilter } from '@/components/filters/filter-bar';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Signed } from '@/components/market/live';
import { type StrategyProfit, type SymbolProfit, type Today, todayQuery } from '@/features/pnl/api/get-pnl';
import { DayCurve } from '@/features/pnl/components/day-curve';
import { STRATEGY_COLUMNS, SYMBOL_COLUMNS, Told } from '@/features/pnl/components/pnl-columns';
import { sumOf } from '@/features/pnl/hooks/sums';
import { useUrlState } from '@/hooks/use-url-state';
import { formatMoney } from '@/lib/format';
import { t } from '@/messages/words';

const UNKNOWN = t('Not known for every row, so there is no sum');

function totalsOf(rows: readonly (SymbolProfit | StrategyProfit)[]) {
  const charges = sumOf(rows, 'charges');
  const total = sumOf(rows, 'total');
  return {
    realized: <Told value={sumOf(rows, 'realized')} why={UNKNOWN} />,
    unrealized: <Told value={sumOf(rows, 'unrealized')} why={UNKNOWN} />,
    total: <Told value={total} why={UNKNOWN} />,
    turnover: formatMoney(sumOf(rows, 'turnover')),
    charges: formatMoney(charges),
    net: <Signed value={total === null || charges === null ? null : total - charges} />,
  };
}

function Card({ name, row }: { name: React.ReactNode; row: SymbolProfit | StrategyProfit }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-baseline gap-2">
        {name}
        <span className="ml-auto font-medium">
          <Told value={row.total} why={UNKNOWN} />
        </span>
      </div>
      <div className="flex gap-3 text-muted text-xs tabular-nums">
        <span>
          {t('Realised')} <Told value={row.realized} why={UNKNOWN} />
        </span>
        <span>
          {t('Unrealised')} <Told value={row.unrealized} why={UNKNOWN} />
        </span>
        <span className="ml-auto">{formatMoney(row.charges || null)}</span>
      </div>
    </div>
  );
}

function Toolbar({
  by,
  onChange,
  data,
}: {
  by: string;
  onChange: (by: string | null) => void;
  data?: Today;
}) {
  return (
    <>
      <h2 className="font-semibold text-base">{t('P&L of today')}</h2>
      <ChipFilter
        label={t('Sorted by')}
        value={by}
        options={[
          { value: '', label: t('By symbol'), count: data?.symbols.length },
          { value: 'strategy', label: t('By strategy'), count: data?.strategies.length },
        ]}
        onChange={onChange}
      />
      {by === 'strategy' && (data?.unattributed_trades ?? 0) > 0 && (
        <span className="text-muted text-xs">
          {t('{{count}} fills belong to no strategy: their orders were placed elsewhere', {
            count: data?.unattributed_trades ?? 0,
            one: '{{count}} fill belongs to no strategy: its order was placed elsewhere',
          })}
        </span>
      )}
    </>
  );
}

const EMPTY = {
  title: t('Nothing traded today'),
  hint: t('Profit appears here with the first position or fill of the day.'),
};

/** Today's profit and loss, by symbol in the broker's figures, by strategy from the fills of its own orders. */
export function PnlPage() {
  const query = useQuery(todayQuery);
  const { read, set } = useUrlState();
  const by = read('by') === 'strategy' ? 'strategy' : '';
  const { symbols, strategies } = query.data ?? {};
  const toolbar = <Toolbar by={by} onChange={(next) => set('by', next)} data={query.data} />;
  return (
    <>
      <DayCurve />
      {by === 'strategy' ? (
        <DataTable
          key="strategy"
          book="profit_strategies"
          name={t('P&L by strategy')}
          columns={STRATEGY_COLUMNS}
          source={loadable(query, strategies)}
          rowKey={(row) => row.strategy ?? ''}
          card={(row) => <Card name={row.strategy ?? t('Not attributed: placed elsewhere')} row={row} />}
          totals={totalsOf(strategies ?? [])}
          empty={EMPTY}
          toolbar={toolbar}
        />
      ) : (
        <DataTable
          key="symbol"
          book="profit"
          name={t('P&L by symbol')}
          columns={SYMBOL_COLUMNS}
          source={loadable(query, symbols)}
          rowKey={(row) => `${row.exchange}:${row.symbol}:${row.product}`}
          describeRow={(row) => ({
            instrument: { ...row, quantity: Math.abs(row.quantity) || undefined },
            isDimmed: row.quantity === 0,
          })}
          card={(row) => <Card name={<InstrumentLabel {...row} />} row={row} />}
          totals={totalsOf(symbols ?? [])}
          empty={EMPTY}
          toolbar={toolbar}
        />
      )}
    </>
  );
}
