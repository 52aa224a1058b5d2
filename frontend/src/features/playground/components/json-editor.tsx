import { type KeyboardEvent, useId, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { t } from '@/messages/words';

interface JsonEditorProps {
  label: string;
  text: string;
  problem: string | null;
  onType: (text: string) => void;
  rows?: number;
}

const INDENT = '  ';

/** Plain text with what JSON needs: the place of a mistake, indentation kept on Enter, tidying on request. */
export function JsonEditor({ label, text, problem, onType, rows }: JsonEditorProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const keepIndent = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { selectionStart, selectionEnd, value } = event.currentTarget;
    const line = value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
    const opens = /[[{]\s*$/.test(line) ? INDENT : '';
    const added = `\n${/^\s*/.exec(line)?.[0] ?? ''}${opens}`;
    if (added === '\n') return;
    event.preventDefault();
    event.currentTarget.setRangeText(added, selectionStart, selectionEnd, 'end');
    onType(event.currentTarget.value);
  };
  const tidy = () => {
    onType(JSON.stringify(JSON.parse(text || '{}'), null, 2));
    box.current?.focus();
  };
  return (
    <div className="grid gap-1">
      <textarea
        ref={box}
        aria-label={label}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        value={text}
        rows={rows ?? Math.min(22, Math.max(8, text.split('\n').length + 1))}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => onType(event.target.value)}
        onKeyDown={keepIndent}
        className="w-full resize-y rounded border border-field bg-panel p-2 font-mono text-xs leading-5 aria-invalid:border-down max-md:text-base"
      />
      <div className="flex min-h-6 items-start justify-between gap-2">
        <p id={`${id}-problem`} aria-live="polite" className="text-down text-xs">
          {problem}
        </p>
        <Button size="xs" variant="ghost" disabled={problem !== null} onClick={tidy}>
          {t('Tidy')}
        </Button>
      </div>
    </div>
  );
}
