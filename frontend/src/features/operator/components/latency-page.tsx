import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { ChipFilter, TextFilter } from '@/components/filters/filter-bar';
import { ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type LatencyKey, type LatencyRow, latencyQuery, seriesQuery } from '@/features/operator/api/latency';
import { type OrderSample, orderSamplesQuery } from '@/features/operator/api/records';
import { Lines } from '@/features/operator/components/lines';
import { PageTabs } from '@/features/operator/components/page-tabs';
import { PagedTable } from '@/features/operator/components/paged-table';
import { Spread } from '@/features/operator/components/spread';
import { moment, ms } from '@/features/operator/hooks/figures';
import { useUrlState } from '@/hooks/use-url-state';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const MINUTES = ['5', '15', '60', '120'];

const STAGES: Readonly<Record<string, string>> = {
  total: t('whole'),
  edge: t('edge'),
  service: t('service'),
  broker: t('broker call'),
  answer: t('answer'),
};

function keyOf({ kind, name, broker, stage }: LatencyKey): string {
  return [kind, name, broker, stage].join('|');
}

const FIGURES = (['p50', 'p90', 'p99', 'worst'] as const).map(
  (name): Column<LatencyRow> => ({
    id: name,
    title: name === 'worst' ? t('Worst') : name,
    width: 90,
    align: 'right',
    value: (row) => row[name],
    cell: (row) => ms(row[name]),
  }),
);

const COLUMNS: Column<LatencyRow>[] = [
  { id: 'name', title: t('Name'), isStretched: true, value: (row) => row.name, cell: (row) => row.name },
  {
    id: 'broker',
    title: t('Broker'),
    width: 120,
    value: (row) => row.broker,
    cell: (row) => row.broker || '–',
  },
  {
    id: 'stage',
    title: t('Stage'),
    width: 110,
    value: (row) => STAGES[row.stage] ?? row.stage,
    cell: (row) => STAGES[row.stage] ?? row.stage,
  },
  {
    id: 'count',
    title: t('Count'),
    width: 90,
    align: 'right',
    value: (row) => row.count,
    cell: (row) => formatQuantity(row.count),
  },
  {
    id: 'failed',
    title: t('Failed'),
    width: 80,
    align: 'right',
    value: (row) => row.failed,
    cell: (row) => (row.failed ? <span className="text-down">{formatQuantity(row.failed)}</span> : '0'),
  },
  ...FIGURES,
];

function Series({ row }: { row: LatencyKey }) {
  const { data, error, refetch } = useQuery(seriesQuery(row));
  const name = `${row.name} ${row.broker} · ${STAGES[row.stage] ?? row.stage}`;
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} isCompact />
    ) : (
      <div role="status" aria-label={t('Loading the chart')} className="px-3 py-2">
        <Skeleton className="h-32" />
      </div>
    );
  }
  const lines = (['p50', 'p90', 'p99'] as const).map((figure) => ({
    label: figure,
    points: data.points.map((point) => [point.at * 1000, point[figure]] as const),
  }));
  return (
    <section aria-label={name} className="border-line border-b">
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <div className="grid md:grid-cols-2">
        <Lines title={name} lines={lines} format={ms} />
        <Spread title={t('Distribution of durations')} bars={data.spread} />
      </div>
    </section>
  );
}

/** The slowest whole call; of broker calls, which have one stage, the slowest. */
export function slowest(rows: readonly LatencyRow[]): LatencyRow | undefined {
  const whole = rows.filter(({ stage }) => stage === 'total');
  return [...(whole.length > 0 ? whole : rows)].sort((a, b) => (b.p99 ?? 0) - (a.p99 ?? 0))[0];
}

function Timed({ kind }: { kind: LatencyRow['kind'] }) {
  const { read, set, setAll } = useUrlState();
  const minutes = MINUTES.find((each) => each === read('minutes')) ?? '60';
  const query = useQuery(latencyQuery(minutes));
  const all = query.data?.rows.filter((row) => row.kind === kind);
  const words = read('q').toLowerCase();
  const rows = all?.filter((row) => `${row.name} ${row.broker}`.toLowerCase().includes(words));
  const chosen = rows?.find((row) => keyOf(row) === read('of')) ?? slowest(rows ?? []);
  return (
    <>
      {chosen && <Series key={keyOf(chosen)} row={chosen} />}
      <DataTable
        name={t('Latency')}
        columns={COLUMNS}
        source={loadable(query, rows)}
        {...(all && { allRows: all })}
        rowKey={keyOf}
        defaultSort={{ id: 'p99', isDescending: true }}
        describeRow={(row) => ({ isDimmed: row.count === 0 })}
        onOpen={(row) => set('of', keyOf(row))}
        hasFilter={words !== ''}
        onClearFilter={() => set('q', null)}
        card={(row) => (
          <div className="grid gap-0.5">
            <p className="break-all">{row.name}</p>
            <p className="flex gap-3 text-muted text-xs tabular-nums">
              {row.broker} {STAGES[row.stage] ?? row.stage}
              <span className="ml-auto">
                {ms(row.p50)} / {ms(row.p90)} / {ms(row.p99)}
              </span>
            </p>
          </div>
        )}
        empty={{
          title: t('Nothing was timed yet'),
          hint: t('Figures begin with the start of the program and reach two hours back.'),
        }}
        toolbar={
          <>
            <ChipFilter
              label={t('Stretch of time')}
              value={minutes}
              options={MINUTES.map((value) => ({
                value,
                label: t('{{count}} min', { count: Number(value) }),
              }))}
              onChange={(value) => setAll({ minutes: value })}
            />
            <TextFilter label={t('Filter by name')} value={read('q')} onChange={(q) => set('q', q)} />
            <span className="text-muted text-xs max-md:hidden">{t('Enter on a row draws it above')}</span>
          </>
        }
      />
    </>
  );
}

const PARTS = (
  [
    ['receive_ms', t('receive')],
    ['validation_ms', t('check')],
    ['risk_ms', t('risk')],
    ['journal_ms', t('journal')],
    ['send_ms', t('send')],
    ['rtt_ms', t('broker call')],
    ['response_ms', t('answer')],
    ['total_ms', t('whole')],
  ] as const
).map(
  ([name, title]): Column<OrderSample> => ({
    id: name,
    title,
    width: 88,
    align: 'right',
    value: (row) => row[name],
    cell: (row) => ms(row[name]),
  }),
);

const SAMPLES: Column<OrderSample>[] = [
  {
    id: 'at',
    title: t('Time'),
    width: 135,
    value: (row) => row.created_at,
    cell: (row) => <span className="tabular-nums">{moment(row.created_at)}</span>,
  },
  { id: 'type', title: t('Call'), width: 130, value: (row) => row.order_type, cell: (row) => row.order_type },
  {
    id: 'broker',
    title: t('Broker'),
    width: 100,
    value: (row) => row.broker,
    cell: (row) => row.broker ?? '–',
  },
  {
    id: 'symbol',
    title: t('Symbol'),
    isStretched: true,
    value: (row) => row.symbol,
    cell: (row) => row.symbol ?? '–',
  },
  { id: 'status', title: t('Status'), width: 90, value: (row) => row.status, cell: (row) => row.status },
  ...PARTS,
  {
    id: 'request_id',
    title: t('Request'),
    width: 240,
    isOptional: true,
    value: (row) => row.request_id,
    cell: (row) => row.request_id ?? '–',
  },
];

function Orders() {
  const query = useInfiniteQuery(orderSamplesQuery({}));
  return (
    <PagedTable
      name={t('Order calls')}
      columns={SAMPLES}
      query={query}
      rowKey={(row) => String(row.id)}
      defaultSort={{ id: 'at', isDescending: true }}
      card={(row) => (
        <div className="grid gap-0.5">
          <p className="flex">
            {row.order_type} {row.symbol}
            <span className="ml-auto tabular-nums">{ms(row.total_ms)}</span>
          </p>
          <p className="text-muted text-xs">
            {moment(row.created_at)} · {row.broker} · {row.status}
          </p>
        </div>
      )}
      empty={{ title: t('No order call yet') }}
    />
  );
}

export function LatencyPage() {
  return (
    <PageTabs
      title={t('Latency')}
      views={[
        { id: 'order', title: t('Orders by stage'), content: () => <Timed kind="order" /> },
        { id: 'broker', title: t('Broker calls'), content: () => <Timed kind="broker" /> },
        { id: 'request', title: t('Endpoints'), content: () => <Timed kind="request" /> },
        { id: 'calls', title: t('Single orders'), content: () => <Orders /> },
      ]}
    />
  );
}
