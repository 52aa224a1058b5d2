import { Send } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { RevealDialog } from '@/components/api-key/reveal-dialog';
import { StakesBadge } from '@/components/market/stakes-badge';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import { BodyForm } from '@/features/playground/components/body-form';
import { JsonEditor } from '@/features/playground/components/json-editor';
import { SendConfirm } from '@/features/playground/components/send-confirm';
import type { Sent } from '@/features/playground/hooks/history';
import type { HeldKey } from '@/features/playground/hooks/use-held-key';
import { useSender } from '@/features/playground/hooks/use-sender';
import type { Operation } from '@/features/playground/model/description';
import { parseDraft, textOf } from '@/features/playground/model/request';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

interface RequestPanelProps {
  operation: Operation;
  draft: string;
  onType: (text: string) => void;
  held: HeldKey;
  onSent: (sent: Sent) => void;
}

const VIEWS = [
  { value: 'form', label: t('Form') },
  { value: 'json', label: 'JSON' },
] as const;

function Stakes({ operation }: { operation: Operation }) {
  const { meaning } = useStakes();
  if (operation.effect === 'none') return null;
  return (
    <p className="flex items-start gap-2 rounded border border-line-strong bg-raised px-2 py-1.5 text-xs">
      <StakesBadge className="shrink-0" />
      {operation.effect === 'mode'
        ? t('This call decides whether later orders are paper or real money.')
        : `${meaning}.`}
    </p>
  );
}

/** What is sent: as a form or as JSON, both of one text. */
export function RequestPanel({ operation, draft, onType, held, onSent }: RequestPanelProps) {
  const [view, setView] = useState<'form' | 'json'>('form');
  const [isUnlocking, setIsUnlocking] = useState(false);
  const sender = useSender(onSent);
  const { values, problem } = parseDraft(draft);
  const shownView = problem === null ? view : 'json';

  const sendWith = (key: string) => {
    if (values) void sender.send({ operation, values, key });
  };
  const submit = () => {
    if (!values || sender.isBusy) return;
    const own = typeof values.apikey === 'string' ? values.apikey : null;
    const key = own ?? held.secret;
    if (key) sendWith(key);
    else setIsUnlocking(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <section
      aria-label={t('Request')}
      onKeyDown={onKeyDown}
      className="flex @4xl:min-h-0 flex-col gap-2 border-line @4xl:border-r @max-4xl:border-b p-3 @4xl:overflow-y-auto"
    >
      <div>
        <h2 className="break-all font-mono font-semibold">
          <span className="text-accent-text">{operation.method}</span> {operation.path}
        </h2>
        <p className="text-muted">
          {operation.summary}
          {operation.limit && ` · ${t('limit class {{name}}', { name: operation.limit })}`}
        </p>
      </div>
      <Stakes operation={operation} />
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={t('Edit as')}
          value={shownView}
          options={VIEWS.map((one) => ({ ...one, isDisabled: one.value === 'form' && problem !== null }))}
          onChange={setView}
          className="h-8 w-32"
        />
        <Button variant="ghost" onClick={() => onType(textOf(operation.example))}>
          {t('Reset')}
        </Button>
        <Button
          variant="primary"
          className="ml-auto"
          onClick={submit}
          isBusy={sender.isBusy}
          disabled={problem !== null}
          title="Ctrl+Enter"
        >
          <Send /> {t('Send')}
        </Button>
      </div>
      {sender.refusal && (
        <p role="alert" className="text-warn">
          {sender.refusal}
        </p>
      )}
      {shownView === 'form' && values ? (
        <BodyForm operation={operation} values={values} onChange={(next) => onType(textOf(next))} />
      ) : (
        <JsonEditor label={t('Request as JSON')} text={draft} problem={problem} onType={onType} />
      )}
      <p className="text-muted text-xs">
        {operation.method === 'POST'
          ? t('The key is added to the body as apikey.')
          : t('The key goes in the header X-API-KEY.')}
      </p>
      <RevealDialog
        isOpen={isUnlocking}
        onClose={() => setIsUnlocking(false)}
        onReveal={(key) => {
          held.hold(key);
          sendWith(key);
        }}
        title={t('Unlock the API key and send')}
        submitLabel={t('Unlock and send')}
      />
      {sender.pending && (
        <SendConfirm pending={sender.pending} onConfirm={sender.confirm} onClose={sender.withdraw} />
      )}
    </section>
  );
}
