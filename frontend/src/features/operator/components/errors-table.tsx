import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { ChipFilter } from '@/components/filters/filter-bar';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { type ErrorGroup, errorsQuery, useResolve } from '@/features/operator/api/logs';
import { moment } from '@/features/operator/hooks/figures';
import { useUrlState } from '@/hooks/use-url-state';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

function Resolve({ group }: { group: ErrorGroup }) {
  const resolve = useResolve();
  const isResolved = group.resolved_at !== null;
  return (
    <Button
      size="xs"
      isBusy={resolve.isPending}
      aria-label={
        isResolved
          ? t('Open again: {{message}}', { message: group.message })
          : t('Solved: {{message}}', { message: group.message })
      }
      onClick={() => resolve.mutate({ fingerprint: group.fingerprint, resolved: !isResolved })}
    >
      {isResolved ? t('Open again') : t('Solved')}
    </Button>
  );
}

/** Of the program its part; of the desk the page, with the release that it happened on. */
const whereOf = (row: ErrorGroup) => (row.logger === 'browser' ? row.place : row.logger);

const COLUMNS: Column<ErrorGroup>[] = [
  {
    id: 'count',
    title: t('Times'),
    width: 80,
    align: 'right',
    value: (row) => row.count,
    cell: (row) => formatQuantity(row.count),
  },
  {
    id: 'message',
    title: t('Error'),
    isStretched: true,
    value: (row) => row.message,
    cell: (row) => (
      <span title={row.message}>
        {row.kind && <span className="text-muted">{row.kind} </span>}
        {row.message}
        {row.returned > 0 && row.resolved_at === null && (
          <Badge tone="warn" className="ml-2">
            {t('came back')}
          </Badge>
        )}
      </span>
    ),
  },
  {
    id: 'logger',
    title: t('Where'),
    width: 240,
    value: whereOf,
    cell: (row) => <span title={whereOf(row)}>{whereOf(row)}</span>,
  },
  {
    id: 'first',
    title: t('First seen'),
    width: 135,
    isRoomy: true,
    value: (row) => row.first_seen,
    cell: (row) => <span className="tabular-nums">{moment(row.first_seen)}</span>,
  },
  {
    id: 'last',
    title: t('Last seen'),
    width: 135,
    value: (row) => row.last_seen,
    cell: (row) => <span className="tabular-nums">{moment(row.last_seen)}</span>,
  },
  { id: 'resolve', title: t('Solved?'), width: 110, cell: (row) => <Resolve group={row} /> },
];

/** Errors in groups, with the last trace of each. */
export function ErrorsTable() {
  const { read, set } = useUrlState();
  const withResolved = read('status') === 'all';
  const query = useQuery(errorsQuery(withResolved));
  const [opened, setOpened] = useState<ErrorGroup | null>(null);
  return (
    <>
      <DataTable
        name={t('Errors')}
        columns={COLUMNS}
        source={loadable(query, query.data)}
        rowKey={(row) => row.fingerprint}
        defaultSort={{ id: 'last', isDescending: true }}
        describeRow={(row) => ({ isDimmed: row.resolved_at !== null })}
        onOpen={setOpened}
        card={(row) => (
          <div className="grid gap-1">
            <button type="button" className="break-words text-left" onClick={() => setOpened(row)}>
              {row.message}
            </button>
            <p className="flex items-center gap-2 text-muted text-xs">
              {t('{{count}} times', { count: row.count, one: '{{count}} time' })} · {moment(row.last_seen)}
              <span className="ml-auto">
                <Resolve group={row} />
              </span>
            </p>
          </div>
        )}
        empty={{ title: t('No error'), hint: t('Errors of the program and of the desk are counted here.') }}
        toolbar={
          <ChipFilter
            label={t('Which errors')}
            value={withResolved ? 'all' : ''}
            options={[
              { value: '', label: t('Unsolved') },
              { value: 'all', label: t('All') },
            ]}
            onChange={(value) => set('status', value)}
          />
        }
      />
      {opened && (
        <Dialog
          isOpen
          onClose={() => setOpened(null)}
          title={opened.kind || opened.level}
          description={`${opened.logger} ${opened.place} · ${opened.request_id ?? '–'}`}
          className="w-[min(52rem,calc(100vw-1.5rem))]"
        >
          <p className="pb-2">{opened.message}</p>
          <pre className="overflow-auto whitespace-pre-wrap rounded border border-line p-2 text-xs">
            {opened.trace ?? t('It came without a trace.')}
          </pre>
        </Dialog>
      )}
    </>
  );
}
