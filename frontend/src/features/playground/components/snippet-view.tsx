import { useState } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { Segmented } from '@/components/ui/segmented';
import { CodeBlock } from '@/features/playground/components/code-block';
import type { HeldKey } from '@/features/playground/hooks/use-held-key';
import type { Operation } from '@/features/playground/model/description';
import { KEY_PLACEHOLDER, parseDraft } from '@/features/playground/model/request';
import { LANGUAGE_LABELS, LANGUAGES, type Language, snippetOf } from '@/features/playground/model/snippets';
import { t } from '@/messages/words';

interface SnippetViewProps {
  operation: Operation;
  draft: string;
  held: HeldKey;
}

/** The call as code to take away; the key is in it only while its owner has it shown. */
export function SnippetView({ operation, draft, held }: SnippetViewProps) {
  const [language, setLanguage] = useState<Language>('curl');
  const { values, problem } = parseDraft(draft);
  if (!values) return <p className="text-muted">{problem}</p>;
  const { apikey: _, ...given } = values;
  const key = held.isShown && held.secret ? held.secret : KEY_PLACEHOLDER;
  const code = snippetOf(language, operation, given, key, location.origin);
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={t('Language')}
          value={language}
          options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_LABELS[value] }))}
          onChange={setLanguage}
          className="h-7 w-72 max-w-full"
        />
        {code && <CopyButton label={t('Copy the code')} text={() => code} />}
      </div>
      {code ? (
        <CodeBlock label={t('Code')}>{code}</CodeBlock>
      ) : (
        <p className="text-muted">
          {t('The published SDK has no method for {{call}}; use Python or curl.', { call: operation.id })}
        </p>
      )}
      {!held.isShown && (
        <p className="text-muted text-xs">
          {t('{{placeholder}} stands for your key. Show the key above to have it filled in.', {
            placeholder: KEY_PLACEHOLDER,
          })}
        </p>
      )}
    </div>
  );
}
