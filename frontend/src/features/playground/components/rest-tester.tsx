import { useQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { descriptionQuery } from '@/features/playground/api/get-description';
import { AnswerPanel } from '@/features/playground/components/answer-panel';
import { EndpointList } from '@/features/playground/components/endpoint-list';
import { RequestPanel } from '@/features/playground/components/request-panel';
import { type Sent, useHistory } from '@/features/playground/hooks/history';
import type { HeldKey } from '@/features/playground/hooks/use-held-key';
import type { Operation } from '@/features/playground/model/description';
import { textOf } from '@/features/playground/model/request';
import { useUrlState } from '@/hooks/use-url-state';
import { cn } from '@/lib/cn';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

const FIRST = 'quotes';

function Loading() {
  return (
    <div role="status" aria-label={t('Loading the API description')} className="grid gap-2 p-3">
      {['a', 'b', 'c', 'd', 'e', 'f'].map((row) => (
        <Skeleton key={row} className="h-7" />
      ))}
    </div>
  );
}

/** Which call is chosen (in the address) and what was typed for each (in memory). */
function useChosen(operations: readonly Operation[]) {
  const { read, set } = useUrlState();
  const [drafts, setDrafts] = useState<Record<string, string>>({});
  const wanted = read('call') || FIRST;
  const operation = operations.find(({ id }) => id === wanted) ?? operations[0] ?? null;
  const id = operation?.id ?? '';
  return {
    operation,
    draft: operation ? (drafts[id] ?? textOf(operation.example)) : '',
    type: (text: string, of = id) => setDrafts((before) => ({ ...before, [of]: text })),
    choose: (next: string) => set('call', next === FIRST ? null : next),
  };
}

/** Calls on the left, what is sent in the middle, what came back on the right; below each other where it is narrow. */
export function RestTester({ held }: { held: HeldKey }) {
  const { data, error, refetch } = useQuery(descriptionQuery);
  const { user } = useSession();
  const history = useHistory(user?.username ?? '');
  const chosen = useChosen(data?.operations ?? []);
  const [shownId, setShownId] = useState<number | null>(null);
  const [isListOpen, setIsListOpen] = useState(false);
  const { operation, draft } = chosen;

  if (!data) return error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Loading />;
  if (!operation) return <EmptyState title={t('The description names no calls')} />;
  const shown =
    history.find(({ id }) => id === shownId && shownId !== null) ??
    history.find(({ operationId }) => operationId === operation.id) ??
    null;
  const choose = (id: string) => {
    chosen.choose(id);
    setShownId(null);
    setIsListOpen(false);
  };
  const restore = (sent: Sent) => {
    chosen.choose(sent.operationId);
    chosen.type(sent.draft, sent.operationId);
    setShownId(sent.id);
  };
  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <div className="grid min-h-0 flex-1 @4xl:grid-cols-[13.5rem_minmax(0,1fr)_minmax(0,1fr)] grid-cols-1 @4xl:grid-rows-1 content-start overflow-y-auto @4xl:overflow-hidden">
        <div className="flex @4xl:max-h-none max-h-[60dvh] @4xl:min-h-0 flex-col border-line @4xl:border-r">
          <Button
            className="m-2 justify-between @4xl:hidden"
            aria-expanded={isListOpen}
            aria-label={t('Choose a call, now {{method}} {{name}}', {
              method: operation.method,
              name: operation.id,
            })}
            onClick={() => setIsListOpen(!isListOpen)}
          >
            <span className="truncate font-mono">
              {operation.method} {operation.id}
            </span>
            <ChevronDown className={cn(isListOpen && 'rotate-180')} aria-hidden />
          </Button>
          <div className={cn('min-h-0 flex-1 flex-col @4xl:flex', isListOpen ? 'flex' : 'hidden')}>
            <EndpointList
              operations={data.operations}
              tags={data.tags}
              chosen={operation.id}
              onChoose={choose}
            />
          </div>
        </div>
        <RequestPanel
          key={operation.id}
          operation={operation}
          draft={draft}
          onType={chosen.type}
          held={held}
          onSent={({ id }) => setShownId(id)}
        />
        <AnswerPanel
          operation={operation}
          draft={draft}
          held={held}
          shown={shown}
          history={history}
          onRestore={restore}
        />
      </div>
    </div>
  );
}
