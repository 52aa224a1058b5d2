import { useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Drift, driftQuery } from '@/features/drift/api/get-drift';
import { t } from '@/messages/words';

/** Plain facts of one side in one line; a number that side leaves out is said to be missing. */
export function said(facts: Drift['we_say']): string {
  if (!facts) return t('nothing');
  return Object.entries(facts)
    .filter(([, value]) => typeof value !== 'object' || value === null || Array.isArray(value))
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${value ?? t('missing')}`)
    .join(', ');
}

function words(kind: string): string {
  return kind.replaceAll('-', ' ');
}

function Kind({ drift }: { drift: Drift }) {
  return <Badge tone={drift.explained ? 'neutral' : 'bad'}>{words(drift.kind)}</Badge>;
}

const COLUMNS: Column<Drift>[] = [
  {
    id: 'kind',
    title: t('What differs'),
    width: 168,
    value: (d) => words(d.kind),
    cell: (d) => <Kind drift={d} />,
  },
  {
    id: 'symbol',
    title: t('Symbol'),
    width: 150,
    value: (d) => d.symbol,
    cell: (d) => <InstrumentLabel {...d} />,
  },
  {
    id: 'orderid',
    title: t('Order ID'),
    width: 150,
    isRoomy: true,
    value: (d) => d.orderid,
    cell: (d) => <span className="text-muted">{d.orderid}</span>,
  },
  {
    id: 'broker_says',
    title: t('Broker says'),
    width: 240,
    value: (d) => said(d.broker_says),
    cell: (d) => <span title={said(d.broker_says)}>{said(d.broker_says)}</span>,
  },
  {
    id: 'we_say',
    title: t('We say'),
    width: 240,
    value: (d) => said(d.we_say),
    cell: (d) => <span title={said(d.we_say)}>{said(d.we_say)}</span>,
  },
  {
    id: 'explained_by',
    title: t('Explained by'),
    isStretched: true,
    value: (d) => d.explained_by,
    cell: (d) => (
      <span className={d.explained ? 'text-muted' : 'font-medium text-down'} title={d.explained_by}>
        {d.explained_by}
      </span>
    ),
  },
];

function DriftCard({ drift }: { drift: Drift }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <InstrumentLabel {...drift} />
        <span className="ml-auto">
          <Kind drift={drift} />
        </span>
      </div>
      <p className="text-muted text-xs">{t('Broker: {{facts}}', { facts: said(drift.broker_says) })}</p>
      <p className="text-muted text-xs">{t('We: {{facts}}', { facts: said(drift.we_say) })}</p>
      <p className={drift.explained ? 'text-xs' : 'font-medium text-down text-xs'}>{drift.explained_by}</p>
    </div>
  );
}

export function DriftBook() {
  const query = useQuery(driftQuery);
  const unread = Object.entries(query.data?.unread ?? {});
  return (
    <DataTable
      name={t('Drift')}
      columns={COLUMNS}
      source={loadable(query, query.data?.rows)}
      rowKey={(d) => [d.kind, d.exchange, d.symbol, d.product, d.orderid, d.tag].join('/')}
      defaultSort={{ id: 'kind', isDescending: false }}
      describeRow={({ exchange, symbol }) => ({ instrument: { exchange, symbol } })}
      card={(drift) => <DriftCard drift={drift} />}
      empty={{
        title: t('Books agree'),
        hint: t('The broker’s orders, fills and positions are what we say they are.'),
      }}
      toolbar={
        <>
          <h1 className="font-semibold text-base">{t('Drift')}</h1>
          {query.data && query.data.unexplained > 0 && (
            <Badge tone="bad">{t('{{count}} unexplained', { count: query.data.unexplained })}</Badge>
          )}
          {unread.map(([book, reason]) => (
            <Badge key={book} tone="warn" title={reason}>
              {t('{{book}} not read', { book })}
            </Badge>
          ))}
          <Button onClick={() => void query.refetch()} disabled={query.isFetching}>
            {t('Compare now')}
          </Button>
        </>
      }
    />
  );
}
