import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { Button } from '@/components/ui/button';
import { type Strategy, strategiesQuery } from '@/features/strategies/api/get-strategies';
import { StateBadge, SwitchButton } from '@/features/strategies/components/state';
import { StrategyDialog } from '@/features/strategies/components/strategy-dialog';
import { hoursText, platformName } from '@/features/strategies/model/terms';
import { formatBookTime, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const pathOf = (id: number) => `/strategies/${id}`;

function NameLink({ strategy }: { strategy: Strategy }) {
  return (
    <Link to={pathOf(strategy.id)} className="font-medium hover:underline">
      {strategy.name}
    </Link>
  );
}

const COLUMNS: Column<Strategy>[] = [
  {
    id: 'name',
    title: t('Strategy'),
    isStretched: true,
    value: (s) => s.name,
    cell: (s) => <NameLink strategy={s} />,
  },
  {
    id: 'platform',
    title: t('Platform'),
    width: 110,
    value: (s) => platformName(s.platform),
    cell: (s) => platformName(s.platform),
  },
  {
    id: 'trading_mode',
    title: t('Direction'),
    width: 90,
    value: (s) => s.trading_mode,
    cell: (s) => s.trading_mode,
  },
  { id: 'hours', title: t('Hours'), width: 230, value: hoursText, cell: (s) => hoursText(s) },
  {
    id: 'mapping_count',
    title: t('Symbols'),
    width: 90,
    align: 'right',
    value: (s) => s.mapping_count,
    cell: (s) => formatQuantity(s.mapping_count),
  },
  {
    id: 'updated_at',
    title: t('Changed'),
    width: 150,
    isRoomy: true,
    value: (s) => s.updated_at,
    cell: (s) => <span className="text-muted">{formatBookTime(s.updated_at)}</span>,
  },
  {
    id: 'is_active',
    title: t('State'),
    width: 90,
    value: (s) => (s.is_active ? 1 : 0),
    cell: (s) => <StateBadge strategy={s} />,
  },
  {
    id: 'actions',
    title: '',
    width: 110,
    align: 'right',
    cell: (s) => <SwitchButton size="xs" strategy={s} />,
  },
];

function StrategyCard({ strategy }: { strategy: Strategy }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <NameLink strategy={strategy} />
        <span className="ml-auto">
          <StateBadge strategy={strategy} />
        </span>
      </div>
      <div className="flex items-center gap-2 text-muted text-xs">
        <span>
          {platformName(strategy.platform)} · {strategy.trading_mode} · {hoursText(strategy)}
        </span>
        <span className="ml-auto">
          <SwitchButton size="sm" strategy={strategy} />
        </span>
      </div>
    </div>
  );
}

/** Strategies that trade by webhook: what the world may ask for, and when. */
export function StrategiesPage() {
  const query = useQuery(strategiesQuery);
  const navigate = useNavigate();
  const [isMaking, setMaking] = useState(false);
  const make = useMemo(
    () => (
      <Button size="sm" variant="primary" onClick={() => setMaking(true)}>
        {t('New strategy')}
      </Button>
    ),
    [],
  );
  return (
    <>
      <DataTable
        name={t('Strategies')}
        columns={COLUMNS}
        source={loadable(query, query.data)}
        rowKey={(strategy) => String(strategy.id)}
        defaultSort={{ id: 'name', isDescending: false }}
        describeRow={(strategy) => ({ isDimmed: !strategy.is_active })}
        onOpen={({ id }) => void navigate(pathOf(id))}
        card={(strategy) => <StrategyCard strategy={strategy} />}
        empty={{
          title: t('No strategies yet'),
          hint: t(
            'A strategy gives alerts of TradingView, Chartink, AmiBroker and programs a secret URL that trades the symbols you list.',
          ),
        }}
        toolbar={
          <>
            <h1 className="font-semibold text-base">{t('Webhook strategies')}</h1>
            {make}
          </>
        }
      />
      {isMaking && (
        <StrategyDialog
          strategy={null}
          onClose={() => setMaking(false)}
          onCreated={(id) => void navigate(pathOf(id))}
        />
      )}
    </>
  );
}
