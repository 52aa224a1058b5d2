import { DataTable } from '@/components/data-table/data-table';
import type { Column } from '@/components/data-table/types';
import { Signed } from '@/components/market/live';
import type { PaperDay } from '@/features/paper/api/paper';
import { formatMoney } from '@/lib/format';
import { t } from '@/messages/words';

/** Of what is open, positions and holdings together. */
export function unrealizedOf(day: PaperDay): number {
  return day.positions_unrealized_pnl + day.holdings_unrealized_pnl;
}

function profit(id: string, title: string, value: (day: PaperDay) => number): Column<PaperDay> {
  return {
    id,
    title,
    width: 124,
    align: 'right',
    value,
    cell: (day) => <Signed value={value(day) || null} />,
  };
}

const COLUMNS: Column<PaperDay>[] = [
  { id: 'date', title: t('Day'), isStretched: true, value: (day) => day.date, cell: (day) => day.date },
  profit('realized', t('Realised'), (day) => day.realized_pnl),
  profit('positions', t('Positions MTM'), (day) => day.positions_unrealized_pnl),
  profit('holdings', t('Holdings MTM'), (day) => day.holdings_unrealized_pnl),
  profit('unrealized', t('Unrealised'), unrealizedOf),
  {
    id: 'charges',
    title: t('Charges'),
    width: 108,
    align: 'right',
    value: (day) => day.charges || null,
    cell: (day) => formatMoney(day.charges || null),
  },
  profit('total', t('Day total'), (day) => day.total_mtm),
  {
    id: 'portfolio',
    title: t('Portfolio value'),
    width: 150,
    align: 'right',
    value: (day) => day.portfolio_value,
    cell: (day) => formatMoney(day.portfolio_value),
  },
];

function DayCard({ day }: { day: PaperDay }) {
  return (
    <div className="grid gap-1 tabular-nums">
      <div className="flex">
        <span className="font-medium">{day.date}</span>
        <span className="ml-auto font-medium">
          <Signed value={day.total_mtm || null} />
        </span>
      </div>
      <div className="flex gap-3 text-muted text-xs">
        <span>
          {t('Realised')} <Signed value={day.realized_pnl || null} />
        </span>
        <span>
          {t('Unrealised')} <Signed value={unrealizedOf(day) || null} />
        </span>
        <span className="ml-auto">{formatMoney(day.portfolio_value)}</span>
      </div>
    </div>
  );
}

/** Every day of the account, today's unfinished figures on top. */
export function DayTable({ days }: { days: readonly PaperDay[] }) {
  return (
    <div className="flex h-80 flex-col border-line border-t">
      <DataTable
        name={t('Paper profit by day')}
        columns={COLUMNS}
        source={{ rows: days, error: null, isRefreshing: false, retry: () => {} }}
        rowKey={(day) => day.date}
        defaultSort={{ id: 'date', isDescending: true }}
        card={(day) => <DayCard day={day} />}
        empty={{ title: t('No day yet') }}
        toolbar={<h2 className="font-semibold text-base">{t('Days')}</h2>}
      />
    </div>
  );
}
