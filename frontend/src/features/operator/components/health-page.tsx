import { useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import {
  type Alarm,
  alarmsQuery,
  type HealthComponent,
  healthQuery,
  historyQuery,
  type Sample,
  useAcknowledge,
} from '@/features/operator/api/health';
import { Lines } from '@/features/operator/components/lines';
import { PageTabs } from '@/features/operator/components/page-tabs';
import { Queues, Rounds } from '@/features/operator/components/queues-tables';
import { StateBadge } from '@/features/operator/components/state-badge';
import { bytes, figure, moment } from '@/features/operator/hooks/figures';
import type { Point } from '@/features/operator/hooks/lines-shape';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const ORDER = { fail: 0, warn: 1, unknown: 2, pass: 3, off: 4 } as const;

const figuresOf = ({ figures }: HealthComponent) =>
  Object.entries(figures)
    .map(([name, value]) => figure(name, value))
    .join(' · ');

const COMPONENTS: Column<HealthComponent>[] = [
  {
    id: 'state',
    title: t('State'),
    width: 110,
    value: (row) => ORDER[row.state],
    cell: (row) => <StateBadge state={row.state} />,
  },
  { id: 'name', title: t('Component'), width: 260, value: (row) => row.name, cell: (row) => row.name },
  {
    id: 'reason',
    title: t('Reason or figures'),
    isStretched: true,
    value: (row) => row.reason || figuresOf(row),
    cell: (row) =>
      row.reason ? (
        <span title={row.reason}>{row.reason}</span>
      ) : (
        <span className="text-muted tabular-nums">{figuresOf(row) || '–'}</span>
      ),
  },
  {
    id: 'since',
    title: t('Since'),
    width: 150,
    align: 'right',
    value: (row) => row.since,
    cell: (row) => <span className="tabular-nums">{moment(row.since)}</span>,
  },
];

function Components() {
  const query = useQuery(healthQuery);
  return (
    <DataTable
      name={t('Components')}
      columns={COMPONENTS}
      source={loadable(query, query.data?.components)}
      rowKey={(row) => row.name}
      defaultSort={{ id: 'state', isDescending: false }}
      card={(row) => (
        <div className="grid gap-1">
          <p className="flex items-center gap-2">
            {row.name}
            <span className="ml-auto">
              <StateBadge state={row.state} />
            </span>
          </p>
          {row.reason ? (
            <p className="text-xs">{row.reason}</p>
          ) : (
            <p className="text-muted text-xs tabular-nums">{figuresOf(row)}</p>
          )}
          <p className="text-muted text-xs">{t('since {{moment}}', { moment: moment(row.since) })}</p>
        </div>
      )}
      empty={{ title: t('No component was looked at yet') }}
      toolbar={
        query.data && (
          <>
            <StateBadge state={query.data.state} />
            <Badge tone={query.data.ready ? 'good' : 'bad'}>
              {query.data.ready ? t('ready to serve') : t('not ready to serve')}
            </Badge>
            <span className="text-muted text-xs">
              {t('Looked at {{moment}}', { moment: moment(query.data.at) })}
            </span>
          </>
        )
      }
    />
  );
}

function pointsOf(samples: readonly Sample[], figure: string): Point[] {
  return samples.map((sample) => {
    const value = sample[figure];
    return [sample.at, typeof value === 'number' ? value : null] as const;
  });
}

/** Share of one processor between two samples; a restart begins anew. */
export function loadOf(samples: readonly Sample[]): Point[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index];
    const [now, then] = [sample.cpu_seconds, before?.cpu_seconds];
    if (!before || typeof now !== 'number' || typeof then !== 'number' || now < then)
      return [sample.at, null];
    return [sample.at, (100_000 * (now - then)) / (sample.at - before.at)] as const;
  });
}

const HOURS = 6;

export function History() {
  const { data, error, refetch } = useQuery(historyQuery(HOURS));
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <div role="status" aria-label={t('Loading history')} className="grid gap-3 p-3 md:grid-cols-2">
        {[0, 1, 2, 3, 4, 5].map((index) => (
          <Skeleton key={index} className="h-36" />
        ))}
      </div>
    );
  }
  const charts = [
    { title: t('Memory'), points: pointsOf(data, 'memory_bytes'), format: bytes },
    { title: t('Processor'), points: loadOf(data), format: (value: number) => `${value.toFixed(0)} %` },
    { title: t('Threads'), points: pointsOf(data, 'threads'), format: formatQuantity },
    { title: t('Open descriptors'), points: pointsOf(data, 'descriptors'), format: formatQuantity },
    { title: t('Waiting in queues'), points: pointsOf(data, 'queued'), format: formatQuantity },
    { title: t('Free disk'), points: pointsOf(data, 'disk_free_bytes'), format: bytes },
  ];
  return (
    <section aria-label={t('History')}>
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <div className="grid md:grid-cols-2">
        {charts.map(({ title, points, format }) => (
          <Lines key={title} title={title} lines={[{ label: title, points }]} format={format} />
        ))}
      </div>
    </section>
  );
}

function Acknowledged({ alarm }: { alarm: Alarm }) {
  const acknowledge = useAcknowledge();
  if (alarm.acknowledged_by) {
    return <span className="text-muted">{t('seen by {{who}}', { who: alarm.acknowledged_by })}</span>;
  }
  return (
    <Button
      size="xs"
      isBusy={acknowledge.isPending}
      aria-label={t('Acknowledge {{component}}', { component: alarm.component })}
      onClick={() => acknowledge.mutate(alarm.id)}
    >
      {t('Acknowledge')}
    </Button>
  );
}

const ALARMS: Column<Alarm>[] = [
  {
    id: 'state',
    title: t('State'),
    width: 110,
    value: (row) => ORDER[row.state],
    cell: (row) => <StateBadge state={row.state} />,
  },
  {
    id: 'component',
    title: t('Component'),
    width: 220,
    value: (row) => row.component,
    cell: (row) => row.component,
  },
  {
    id: 'reason',
    title: t('Reason'),
    isStretched: true,
    value: (row) => row.reason,
    cell: (row) => row.reason,
  },
  {
    id: 'opened_at',
    title: t('Began'),
    width: 140,
    value: (row) => row.opened_at,
    cell: (row) => <span className="tabular-nums">{moment(row.opened_at)}</span>,
  },
  {
    id: 'closed_at',
    title: t('Ended'),
    width: 140,
    value: (row) => row.closed_at,
    cell: (row) =>
      row.closed_at ? (
        <span className="tabular-nums">{moment(row.closed_at)}</span>
      ) : (
        <Badge tone="bad">{t('lasts')}</Badge>
      ),
  },
  { id: 'seen', title: t('Seen'), width: 150, cell: (row) => <Acknowledged alarm={row} /> },
];

function Alarms() {
  const query = useQuery(alarmsQuery);
  return (
    <DataTable
      name={t('Alarms')}
      columns={ALARMS}
      source={loadable(query, query.data)}
      rowKey={(row) => String(row.id)}
      defaultSort={{ id: 'opened_at', isDescending: true }}
      card={(row) => (
        <div className="grid gap-1">
          <p className="flex items-center gap-2">
            {row.component}
            <span className="ml-auto">
              <StateBadge state={row.state} />
            </span>
          </p>
          <p className="text-xs">{row.reason}</p>
          <p className="flex items-center gap-2 text-muted text-xs">
            {moment(row.opened_at)} – {row.closed_at ? moment(row.closed_at) : t('lasts')}
            <span className="ml-auto">
              <Acknowledged alarm={row} />
            </span>
          </p>
        </div>
      )}
      empty={{ title: t('No alarm'), hint: t('Every component was well whenever it was looked at.') }}
    />
  );
}

export function HealthPage() {
  return (
    <PageTabs
      title={t('Health')}
      views={[
        { id: 'components', title: t('Components'), content: () => <Components /> },
        { id: 'history', title: t('History'), content: () => <History /> },
        { id: 'alarms', title: t('Alarms'), content: () => <Alarms /> },
        { id: 'queues', title: t('Queues'), content: () => <Queues /> },
        { id: 'rounds', title: t('Repeated work'), content: () => <Rounds /> },
      ]}
    />
  );
}
