import { useInfiniteQuery } from '@tanstack/react-query';
import type { Column } from '@/components/data-table/types';
import { ChipFilter, TextFilter } from '@/components/filters/filter-bar';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Act, trailQuery, useVerify, type Verdict } from '@/features/operator/api/audit';
import { PagedTable } from '@/features/operator/components/paged-table';
import { inline, moment } from '@/features/operator/hooks/figures';
import { useDebounced } from '@/hooks/use-debounced';
import { useUrlState } from '@/hooks/use-url-state';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

/** What belongs to an act, in one line; what it changed as before → after. */
export function told(detail: Act['detail']): string {
  const { before, after, ...rest } = detail;
  const change =
    'after' in detail || 'before' in detail ? [`${inline(before ?? '–')} → ${inline(after ?? '–')}`] : [];
  return [...change, ...Object.entries(rest).map(([name, value]) => `${name} ${inline(value)}`)].join(' · ');
}

const COLUMNS: Column<Act>[] = [
  { id: 'seq', title: '#', width: 70, align: 'right', value: (row) => row.seq, cell: (row) => row.seq },
  {
    id: 'at',
    title: t('Time'),
    width: 135,
    value: (row) => row.at_ms,
    cell: (row) => <span className="tabular-nums">{moment(row.at_ms)}</span>,
  },
  { id: 'actor', title: t('Who'), width: 100, value: (row) => row.actor, cell: (row) => row.actor || '–' },
  { id: 'action', title: t('Act'), width: 240, value: (row) => row.action, cell: (row) => row.action },
  {
    id: 'subject',
    title: t('Of what'),
    width: 150,
    value: (row) => row.subject,
    cell: (row) => row.subject || '–',
  },
  {
    id: 'detail',
    title: t('Change'),
    isStretched: true,
    value: (row) => told(row.detail),
    cell: (row) => <span title={told(row.detail)}>{told(row.detail) || '–'}</span>,
  },
  {
    id: 'outcome',
    title: t('Outcome'),
    width: 110,
    value: (row) => row.outcome,
    cell: (row) => (row.outcome === 'done' ? t('done') : <span className="text-down">{row.outcome}</span>),
  },
  {
    id: 'address',
    title: t('Address'),
    width: 120,
    isRoomy: true,
    value: (row) => row.address,
    cell: (row) => row.address || '–',
  },
  {
    id: 'request_id',
    title: t('Request'),
    width: 235,
    isOptional: true,
    value: (row) => row.request_id,
    cell: (row) => row.request_id,
  },
];

function VerdictNote({ verdict }: { verdict: Verdict }) {
  if (verdict.whole) {
    return (
      <p role="status" className="border-line border-b px-3 py-2 text-up text-xs">
        {t('The trail is whole: {{rows}} rows, anchored at row {{anchor}}.', {
          rows: formatQuantity(verdict.rows),
          anchor: formatQuantity(verdict.anchored ?? 0),
        })}
      </p>
    );
  }
  return (
    <div role="alert" className="border-line border-b px-3 py-2 text-down text-xs">
      <p className="font-medium">{t('The trail is NOT whole.')}</p>
      <ul>
        {verdict.faults.map(({ kind, seq, message }) => (
          <li key={`${kind}${seq}`}>{message}</li>
        ))}
      </ul>
    </div>
  );
}

export function AuditPage() {
  const { read, set, setAll } = useUrlState();
  const words = useDebounced(read('q'), 300);
  const outcome = read('status') === 'refused' ? 'refused' : '';
  const query = useInfiniteQuery(trailQuery(words, outcome));
  const verify = useVerify();
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {verify.data && <VerdictNote verdict={verify.data} />}
      <PagedTable
        name={t('Audit trail')}
        columns={COLUMNS}
        query={query}
        rowKey={(row) => String(row.seq)}
        defaultSort={{ id: 'seq', isDescending: true }}
        hasFilter={Boolean(words || outcome)}
        onClearFilter={() => setAll({ q: null, status: null })}
        card={(row) => (
          <div className="grid gap-0.5">
            <p className="break-all">
              {row.action} {row.subject}
            </p>
            {told(row.detail) && <p className="break-all text-xs">{told(row.detail)}</p>}
            <p className="flex gap-2 text-muted text-xs">
              {moment(row.at_ms)} · {row.actor || '–'}
              {row.outcome !== 'done' && (
                <Badge tone="bad" className="ml-auto">
                  {row.outcome}
                </Badge>
              )}
            </p>
          </div>
        )}
        empty={{
          title: t('Nothing was done yet'),
          hint: t(
            'What is done with the desk is kept here, chained so that no row can be changed or taken out unseen.',
          ),
        }}
        toolbar={
          <>
            <h1 className="font-semibold text-base">{t('Audit trail')}</h1>
            <ChipFilter
              label={t('Outcome')}
              value={outcome}
              options={[
                { value: '', label: t('All') },
                { value: 'refused', label: t('Refused') },
              ]}
              onChange={(value) => set('status', value)}
            />
            <TextFilter label={t('Who, what, address')} value={read('q')} onChange={(q) => set('q', q)} />
            <Button size="sm" isBusy={verify.isPending} onClick={() => verify.mutate()}>
              {t('Verify the chain')}
            </Button>
          </>
        }
      />
    </div>
  );
}
