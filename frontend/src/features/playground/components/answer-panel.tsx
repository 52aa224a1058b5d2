import { useState } from 'react';
import { Segmented } from '@/components/ui/segmented';
import { EmptyState } from '@/components/ui/states';
import { AnswerView } from '@/features/playground/components/answer-view';
import { HistoryList } from '@/features/playground/components/history-list';
import { SnippetView } from '@/features/playground/components/snippet-view';
import type { Sent } from '@/features/playground/hooks/history';
import type { HeldKey } from '@/features/playground/hooks/use-held-key';
import type { Operation } from '@/features/playground/model/description';
import { t } from '@/messages/words';

interface AnswerPanelProps {
  operation: Operation;
  draft: string;
  held: HeldKey;
  shown: Sent | null;
  history: readonly Sent[];
  onRestore: (sent: Sent) => void;
}

type View = 'answer' | 'code' | 'history';

/** What came back, the same call as code, and what was sent before. */
export function AnswerPanel({ operation, draft, held, shown, history, onRestore }: AnswerPanelProps) {
  const [view, setView] = useState<View>('answer');
  const [lastSeen, setLastSeen] = useState(history[0]?.id);
  // A fresh answer is what its sender waits for, whatever else was open.
  if (history[0]?.id !== lastSeen) {
    setLastSeen(history[0]?.id);
    setView('answer');
  }
  return (
    <section
      aria-label={t('Answer')}
      className="flex @4xl:min-h-0 min-w-0 flex-col gap-2 p-3 @4xl:overflow-y-auto"
    >
      <Segmented
        label={t('Show')}
        value={view}
        options={[
          { value: 'answer', label: t('Answer') },
          { value: 'code', label: t('Code') },
          { value: 'history', label: t('Sent {{number}}', { number: history.length }) },
        ]}
        onChange={setView}
        className="h-8 w-64 shrink-0"
      />
      {view === 'answer' &&
        (shown ? (
          <AnswerView key={shown.id} sent={shown} />
        ) : (
          <EmptyState
            title={t('Nothing sent yet')}
            hint={t('Send shows status, time and body here. Ctrl+Enter does the same.')}
          />
        ))}
      {view === 'code' && <SnippetView operation={operation} draft={draft} held={held} />}
      {view === 'history' && (
        <HistoryList
          history={history}
          onRestore={(sent) => {
            onRestore(sent);
            setView('answer');
          }}
        />
      )}
    </section>
  );
}
