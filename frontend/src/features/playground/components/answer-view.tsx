import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { Segmented } from '@/components/ui/segmented';
import type { Answer } from '@/features/playground/api/send-request';
import { CodeBlock } from '@/features/playground/components/code-block';
import { JsonTree } from '@/features/playground/components/json-tree';
import type { Sent } from '@/features/playground/hooks/history';
import type { Explanation } from '@/features/playground/model/explain';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

const LONGEST_SHOWN = 100_000;

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`;
}

function Explained({ tone, title, lines }: Explanation) {
  return (
    <div role="alert" className="flex gap-2 rounded border border-line-strong bg-raised p-2">
      <CircleAlert
        className={cn('size-4 shrink-0', tone === 'warn' ? 'text-warn' : 'text-down')}
        aria-hidden
      />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        {lines.map((line) => (
          <p key={line} className="break-words">
            {line}
          </p>
        ))}
      </div>
    </div>
  );
}

function Plain({ text }: { text: string }) {
  return (
    <>
      <CodeBlock label={t('Body as text')} className="max-h-[60dvh] break-all">
        {text.slice(0, LONGEST_SHOWN)}
      </CodeBlock>
      {text.length > LONGEST_SHOWN && (
        <p className="text-muted text-xs">
          {t('The first {{number}} characters are shown; Copy takes all of them.', {
            number: LONGEST_SHOWN,
          })}
        </p>
      )}
    </>
  );
}

function Body({ answer }: { answer: Answer }) {
  const isJson = answer.json !== undefined;
  const [view, setView] = useState<'tree' | 'text' | 'headers'>(isJson ? 'tree' : 'text');
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={t('Body as')}
          value={view}
          options={[
            { value: 'tree', label: 'JSON', isDisabled: !isJson },
            { value: 'text', label: t('Text') },
            { value: 'headers', label: t('Headers') },
          ]}
          onChange={setView}
          className="h-7 w-52"
        />
        <CopyButton
          label={t('Copy the body')}
          text={() => (isJson ? JSON.stringify(answer.json, null, 2) : answer.text)}
        />
      </div>
      {view === 'tree' && isJson && <JsonTree value={answer.json} />}
      {view === 'text' && <Plain text={answer.text} />}
      {view === 'headers' && (
        <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-3 gap-y-1 font-mono text-xs">
          {answer.headers.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="break-all text-muted">{name}</dt>
              <dd className="break-all">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** One answer: how it ended, how long it took, and all of what it said. */
export function AnswerView({ sent }: { sent: Sent }) {
  const { answer, explanation } = sent;
  const isForgotten = answer !== null && answer.text === '' && answer.bytes > 0;
  return (
    <div className="grid gap-2">
      <p role="status" className="flex flex-wrap items-baseline gap-x-3 tabular-nums">
        <span className={cn('font-semibold', answer && answer.status < 400 ? 'text-up' : 'text-down')}>
          {answer ? `HTTP ${answer.status}` : t('No answer')}
        </span>
        {answer && (
          <span className="text-muted">
            {Math.round(answer.milliseconds)} ms · {sizeText(answer.bytes)}
          </span>
        )}
        <span className="font-mono text-muted text-xs">{sent.operationId}</span>
      </p>
      {explanation && <Explained {...explanation} />}
      {isForgotten ? (
        <p className="text-muted">{t('This large body was not kept. Send the call again to see it.')}</p>
      ) : (
        answer && <Body answer={answer} />
      )}
    </div>
  );
}
