import { useEffect, useRef } from 'react';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { CONSENT_WORD } from '@/lib/session/live-consent';
import { t } from '@/messages/words';

interface LiveConsentBoxProps {
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

/** The word in front of the first order with real money; refused, it takes the focus. */
export function LiveConsentBox({ text, error, onChange }: LiveConsentBoxProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (error) box.current?.focus();
  }, [error]);
  return (
    <div className="rounded border border-live p-2">
      <Field
        label={t('First order with real money since you signed in: type {{word}} to allow it', {
          word: CONSENT_WORD,
        })}
        error={error}
      >
        {(control) => (
          <Input
            {...control}
            ref={box}
            value={text}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
    </div>
  );
}
