import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/states';
import { forgetHistory, type Sent } from '@/features/playground/hooks/history';
import { cn } from '@/lib/cn';
import { formatClock } from '@/lib/format';
import { t } from '@/messages/words';

interface HistoryListProps {
  history: readonly Sent[];
  onRestore: (sent: Sent) => void;
}

/** What was sent since this page was loaded; choosing one brings back its request and its answer. */
export function HistoryList({ history, onRestore }: HistoryListProps) {
  if (history.length === 0)
    return (
      <EmptyState
        title={t('Nothing sent yet')}
        hint={t('Calls are kept in memory until the page is reloaded.')}
      />
    );
  return (
    <div className="grid gap-2">
      <ul aria-label={t('Sent calls')}>
        {history.map((sent) => (
          <li key={sent.id}>
            <button
              type="button"
              onClick={() => onRestore(sent)}
              className="flex min-h-7 w-full items-center gap-2 px-1 text-left text-xs tabular-nums hover:bg-hover max-md:min-h-10"
            >
              <span className="shrink-0 text-muted">{formatClock(sent.at)}</span>
              <span className="min-w-0 flex-1 truncate font-mono">
                {sent.method} {sent.operationId}
              </span>
              <span
                className={cn('shrink-0', sent.answer && sent.answer.status < 400 ? 'text-up' : 'text-down')}
              >
                {sent.answer?.status ?? t('no answer')}
              </span>
              <span className="w-16 shrink-0 text-right text-muted">
                {sent.answer ? `${Math.round(sent.answer.milliseconds)} ms` : ''}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Button size="sm" className="justify-self-start" onClick={forgetHistory}>
        {t('Forget all')}
      </Button>
    </div>
  );
}
