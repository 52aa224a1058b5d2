import { useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { healthQuery, type Queue, type Round } from '@/features/operator/api/health';
import { formatDuration, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const QUEUES: Column<Queue>[] = [
  { id: 'name', title: t('Queue'), isStretched: true, value: (row) => row.name, cell: (row) => row.name },
  {
    id: 'policy',
    title: t('When it is full'),
    width: 150,
    value: (row) => row.policy,
    cell: (row) => row.policy.replaceAll('_', ' '),
  },
  ...(['waiting', 'size', 'lost'] as const).map(
    (name): Column<Queue> => ({
      id: name,
      title: { waiting: t('Waiting'), size: t('Room'), lost: t('Given up') }[name],
      width: 110,
      align: 'right',
      value: (row) => row[name],
      cell: (row) => formatQuantity(row[name]),
    }),
  ),
];

function ago(seconds: number | null): string {
  return seconds === null ? '–' : t('{{duration}} ago', { duration: formatDuration(seconds * 1000) });
}

const ROUNDS: Column<Round>[] = [
  { id: 'name', title: t('Work'), isStretched: true, value: (row) => row.name, cell: (row) => row.name },
  {
    id: 'every',
    title: t('Every'),
    width: 100,
    align: 'right',
    value: (row) => row.every_seconds,
    cell: (row) => formatDuration(row.every_seconds * 1000),
  },
  {
    id: 'ended',
    title: t('Last round'),
    width: 130,
    align: 'right',
    value: (row) => row.ended_seconds_ago,
    cell: (row) => ago(row.ended_seconds_ago),
  },
  {
    id: 'took',
    title: t('Took'),
    width: 100,
    align: 'right',
    value: (row) => row.took_seconds,
    cell: (row) => (row.took_seconds === null ? '–' : `${Math.round(row.took_seconds * 1000)} ms`),
  },
  {
    id: 'failures',
    title: t('Failed'),
    width: 120,
    align: 'right',
    value: (row) => row.failures,
    cell: (row) =>
      row.error ? `${formatQuantity(row.failures)} · ${row.error}` : formatQuantity(row.failures),
  },
];

export function Queues() {
  const query = useQuery(healthQuery);
  return (
    <DataTable
      name={t('Queues')}
      columns={QUEUES}
      source={loadable(query, query.data?.queues)}
      rowKey={(row) => row.name}
      defaultSort={{ id: 'waiting', isDescending: true }}
      card={(row) => (
        <p className="flex">
          {row.name}
          <span className="ml-auto tabular-nums">
            {formatQuantity(row.waiting)} / {formatQuantity(row.size)}
          </span>
        </p>
      )}
      empty={{ title: t('No queue') }}
    />
  );
}

export function Rounds() {
  const query = useQuery(healthQuery);
  return (
    <DataTable
      name={t('Repeated work')}
      columns={ROUNDS}
      source={loadable(query, query.data?.rounds)}
      rowKey={(row) => row.name}
      defaultSort={{ id: 'name', isDescending: false }}
      card={(row) => (
        <p className="flex">
          {row.name}
          <span className="ml-auto text-muted">{ago(row.ended_seconds_ago)}</span>
        </p>
      )}
      empty={{ title: t('Nothing repeats yet') }}
    />
  );
}
