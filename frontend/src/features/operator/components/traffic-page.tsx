import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { ChipFilter, TextFilter } from '@/components/filters/filter-bar';
import {
  type BrokerCall,
  brokerCallsQuery,
  type EndpointSum,
  endpointsQuery,
  type TrafficRow,
  trafficQuery,
} from '@/features/operator/api/records';
import { PageTabs } from '@/features/operator/components/page-tabs';
import { PagedTable } from '@/features/operator/components/paged-table';
import { moment, ms } from '@/features/operator/hooks/figures';
import { useDebounced } from '@/hooks/use-debounced';
import { useUrlState } from '@/hooks/use-url-state';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

function Status({ code }: { code: number }) {
  const tone = code >= 500 ? 'font-medium text-down' : code >= 400 ? 'text-warn' : '';
  return <span className={`tabular-nums ${tone}`}>{code}</span>;
}

const TRAFFIC: Column<TrafficRow>[] = [
  {
    id: 'at',
    title: t('Time'),
    width: 135,
    value: (row) => row.id,
    cell: (row) => <span className="tabular-nums">{moment(row.created_at)}</span>,
  },
  { id: 'method', title: t('Method'), width: 80, value: (row) => row.method, cell: (row) => row.method },
  {
    id: 'path',
    title: t('Path'),
    isStretched: true,
    value: (row) => row.path,
    cell: (row) => <span title={row.route ?? row.path}>{row.path}</span>,
  },
  {
    id: 'route',
    title: t('Template'),
    width: 220,
    isOptional: true,
    value: (row) => row.route,
    cell: (row) => row.route ?? '–',
  },
  {
    id: 'status',
    title: t('Status'),
    width: 80,
    align: 'right',
    value: (row) => row.status_code,
    cell: (row) => <Status code={row.status_code} />,
  },
  {
    id: 'duration',
    title: t('Duration'),
    width: 95,
    align: 'right',
    value: (row) => row.duration_ms,
    cell: (row) => ms(row.duration_ms),
  },
  {
    id: 'address',
    title: t('Address'),
    width: 130,
    value: (row) => row.client_ip,
    cell: (row) => row.client_ip,
  },
  {
    id: 'request_id',
    title: t('Request'),
    width: 235,
    isRoomy: true,
    value: (row) => row.request_id,
    cell: (row) => <span className="text-muted">{row.request_id ?? '–'}</span>,
  },
];

const CLASSES = ['', '2', '3', '4', '5'];

function Requests() {
  const { read, set, setAll } = useUrlState();
  const path = useDebounced(read('q'), 300);
  const request = useDebounced(read('request'), 300);
  const status = CLASSES.includes(read('status')) ? read('status') : '';
  const query = useInfiniteQuery(trafficQuery({ path, status, request_id: request }));
  const clear = () => setAll({ q: null, status: null, request: null });
  return (
    <PagedTable
      name={t('Requests')}
      columns={TRAFFIC}
      query={query}
      rowKey={(row) => String(row.id)}
      defaultSort={{ id: 'at', isDescending: true }}
      onOpen={(row) => set('request', row.request_id)}
      hasFilter={Boolean(path || status || request)}
      onClearFilter={clear}
      card={(row) => (
        <div className="grid gap-0.5">
          <p className="flex gap-2">
            <span className="break-all">
              {row.method} {row.path}
            </span>
            <span className="ml-auto">
              <Status code={row.status_code} />
            </span>
          </p>
          <p className="text-muted text-xs tabular-nums">
            {moment(row.created_at)} · {ms(row.duration_ms)} · {row.client_ip}
          </p>
        </div>
      )}
      empty={{ title: t('No request yet') }}
      toolbar={
        <>
          <ChipFilter
            label={t('Status')}
            value={status}
            options={CLASSES.map((value) => ({ value, label: value ? `${value}00–${value}99` : t('All') }))}
            onChange={(value) => set('status', value)}
          />
          <TextFilter label={t('Part of the path')} value={read('q')} onChange={(q) => set('q', q)} />
          <TextFilter label={t('Request id')} value={read('request')} onChange={(id) => set('request', id)} />
        </>
      }
    />
  );
}

const ENDPOINTS: Column<EndpointSum>[] = [
  { id: 'method', title: t('Method'), width: 80, value: (row) => row.method, cell: (row) => row.method },
  {
    id: 'route',
    title: t('Template'),
    isStretched: true,
    value: (row) => row.route,
    cell: (row) => row.route ?? t('unknown paths'),
  },
  ...(
    [
      ['count', t('Requests')],
      ['refused', t('Refused (4xx)')],
      ['failed', t('Failed (5xx)')],
    ] as const
  ).map(
    ([name, title]): Column<EndpointSum> => ({
      id: name,
      title,
      width: 120,
      align: 'right',
      value: (row) => row[name],
      cell: (row) =>
        name === 'failed' && row.failed ? (
          <span className="font-medium text-down">{formatQuantity(row.failed)}</span>
        ) : (
          formatQuantity(row[name])
        ),
    }),
  ),
  {
    id: 'mean',
    title: t('Mean'),
    width: 100,
    align: 'right',
    value: (row) => row.mean_ms,
    cell: (row) => ms(row.mean_ms),
  },
  {
    id: 'worst',
    title: t('Worst'),
    width: 100,
    align: 'right',
    value: (row) => row.worst_ms,
    cell: (row) => ms(row.worst_ms),
  },
];

function Endpoints() {
  const query = useQuery(endpointsQuery);
  return (
    <DataTable
      name={t('Endpoints')}
      columns={ENDPOINTS}
      source={loadable(query, query.data)}
      rowKey={(row) => `${row.method} ${row.route}`}
      defaultSort={{ id: 'count', isDescending: true }}
      card={(row) => (
        <div className="grid gap-0.5">
          <p className="break-all">
            {row.method} {row.route ?? t('unknown paths')}
          </p>
          <p className="text-muted text-xs tabular-nums">
            {t('{{count}} requests', { count: row.count, one: '{{count}} request' })} · {ms(row.mean_ms)}
          </p>
        </div>
      )}
      empty={{ title: t('No request yet') }}
      toolbar={<span className="text-muted text-xs">{t('The last 24 hours')}</span>}
    />
  );
}

const CALLS: Column<BrokerCall>[] = [
  {
    id: 'at',
    title: t('Time'),
    width: 135,
    value: (row) => row.id,
    cell: (row) => <span className="tabular-nums">{moment(row.created_at)}</span>,
  },
  { id: 'broker', title: t('Broker'), width: 130, value: (row) => row.broker, cell: (row) => row.broker },
  {
    id: 'account',
    title: t('Account'),
    width: 90,
    align: 'right',
    value: (row) => row.account_id,
    cell: (row) => row.account_id,
  },
  {
    id: 'operation',
    title: t('Call'),
    isStretched: true,
    value: (row) => row.operation,
    cell: (row) => row.operation,
  },
  {
    id: 'outcome',
    title: t('Outcome'),
    width: 200,
    value: (row) => row.outcome,
    cell: (row) => (row.outcome === 'ok' ? 'ok' : <span className="text-down">{row.outcome}</span>),
  },
  {
    id: 'duration',
    title: t('Duration'),
    width: 100,
    align: 'right',
    value: (row) => row.duration_ms,
    cell: (row) => ms(row.duration_ms),
  },
  {
    id: 'request_id',
    title: t('Request'),
    width: 240,
    isRoomy: true,
    value: (row) => row.request_id,
    cell: (row) => <span className="text-muted">{row.request_id ?? t('background')}</span>,
  },
];

function BrokerCalls() {
  const { read, set } = useUrlState();
  const request = useDebounced(read('request'), 300);
  const query = useInfiniteQuery(brokerCallsQuery({ request_id: request }));
  return (
    <PagedTable
      name={t('Broker calls')}
      columns={CALLS}
      query={query}
      rowKey={(row) => String(row.id)}
      defaultSort={{ id: 'at', isDescending: true }}
      hasFilter={request !== ''}
      onClearFilter={() => set('request', null)}
      card={(row) => (
        <div className="grid gap-0.5">
          <p className="flex">
            {row.broker} {row.operation}
            <span className="ml-auto tabular-nums">{ms(row.duration_ms)}</span>
          </p>
          <p className="text-muted text-xs">
            {moment(row.created_at)} · {row.outcome}
          </p>
        </div>
      )}
      empty={{
        title: t('No broker call yet'),
        hint: t('Calls that a request asked for are kept, and of the others those that failed.'),
      }}
      toolbar={
        <TextFilter label={t('Request id')} value={read('request')} onChange={(id) => set('request', id)} />
      }
    />
  );
}

export function TrafficPage() {
  return (
    <PageTabs
      title={t('Traffic')}
      views={[
        { id: 'requests', title: t('Requests'), content: () => <Requests /> },
        { id: 'endpoints', title: t('Endpoints'), content: () => <Endpoints /> },
        { id: 'brokers', title: t('Broker calls'), content: () => <BrokerCalls /> },
      ]}
    />
  );
}
