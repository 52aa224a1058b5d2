import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Column } from '@/components/data-table/types';
import { TextFilter } from '@/components/filters/filter-bar';
import { Badge } from '@/components/ui/badge';
import { Dialog } from '@/components/ui/dialog';
import { type ApiCall, apiCallsQuery } from '@/features/operator/api/records';
import { PagedTable } from '@/features/operator/components/paged-table';
import { inline, moment } from '@/features/operator/hooks/figures';
import { useDebounced } from '@/hooks/use-debounced';
import { useUrlState } from '@/hooks/use-url-state';
import { t } from '@/messages/words';

/** What an envelope says of how a call went. */
export function outcomeOf(answer: unknown): { isDone: boolean; words: string } {
  const { status, message, orderid } = (answer ?? {}) as Record<string, unknown>;
  const isDone = status === 'success';
  return { isDone, words: inline((isDone ? orderid : message) ?? message ?? status ?? '–') };
}

function Outcome({ call }: { call: ApiCall }) {
  const { isDone, words } = outcomeOf(call.response_data);
  return (
    <span title={words}>
      <Badge tone={isDone ? 'good' : 'bad'}>{isDone ? t('done') : t('refused')}</Badge> {words}
    </span>
  );
}

const COLUMNS: Column<ApiCall>[] = [
  {
    id: 'at',
    title: t('Time'),
    width: 135,
    value: (row) => row.id,
    cell: (row) => <span className="tabular-nums">{moment(row.created_at)}</span>,
  },
  { id: 'type', title: t('Call'), width: 140, value: (row) => row.api_type, cell: (row) => row.api_type },
  {
    id: 'request',
    title: t('Asked for'),
    isStretched: true,
    value: (row) => inline(row.request_data),
    cell: (row) => <span className="text-muted">{inline(row.request_data)}</span>,
  },
  {
    id: 'answer',
    title: t('Answered'),
    width: 330,
    value: (row) => outcomeOf(row.response_data).words,
    cell: (row) => <Outcome call={row} />,
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

function Json({ title, value }: { title: string; value: unknown }) {
  return (
    <section aria-label={title} className="grid gap-1">
      <h3 className="font-medium text-xs">{title}</h3>
      <pre className="overflow-auto whitespace-pre-wrap break-all rounded border border-line p-2 text-xs">
        {JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}

/** API calls of orders with what was asked and answered; `mode` is live, or analyze for paper. */
export function CallsTable({ mode }: { mode: 'live' | 'analyze' }) {
  const { read, set, setAll } = useUrlState();
  const [opened, setOpened] = useState<ApiCall | null>(null);
  const words = useDebounced(read('q'), 300);
  const request = useDebounced(read('request'), 300);
  const query = useInfiniteQuery(apiCallsQuery({ mode, words, request_id: request }));
  return (
    <>
      <PagedTable
        name={mode === 'live' ? t('API log') : t('Paper log')}
        columns={COLUMNS}
        query={query}
        rowKey={(row) => String(row.id)}
        defaultSort={{ id: 'at', isDescending: true }}
        onOpen={setOpened}
        hasFilter={Boolean(words || request)}
        onClearFilter={() => setAll({ q: null, request: null })}
        card={(row) => (
          <button type="button" className="grid w-full gap-0.5 text-left" onClick={() => setOpened(row)}>
            <span className="flex">
              {row.api_type}
              <span className="ml-auto text-muted text-xs">{moment(row.created_at)}</span>
            </span>
            <span className="break-all text-xs">
              <Outcome call={row} />
            </span>
          </button>
        )}
        empty={{ title: t('No call yet'), hint: t('Every order call of an API key is kept here.') }}
        toolbar={
          <>
            <TextFilter
              label={t('Words in call or answer')}
              value={read('q')}
              onChange={(q) => set('q', q)}
            />
            <TextFilter
              label={t('Request id')}
              value={read('request')}
              onChange={(id) => set('request', id)}
            />
            <span className="text-muted text-xs max-md:hidden">{t('Enter on a row shows it whole')}</span>
          </>
        }
      />
      {opened && (
        <Dialog
          isOpen
          onClose={() => setOpened(null)}
          title={opened.api_type}
          description={`${moment(opened.created_at)} · ${opened.request_id ?? '–'}`}
          className="w-[min(46rem,calc(100vw-1.5rem))]"
        >
          <div className="grid gap-3">
            <Json title={t('Asked for')} value={opened.request_data} />
            <Json title={t('Answered')} value={opened.response_data} />
          </div>
        </Dialog>
      )}
    </>
  );
}
