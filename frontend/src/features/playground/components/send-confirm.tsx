import { useState } from 'react';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { CodeBlock } from '@/features/playground/components/code-block';
import type { Pending } from '@/features/playground/hooks/use-sender';
import { textOf } from '@/features/playground/model/request';
import { CONSENT_WORD, useLiveConsent } from '@/lib/session/live-consent';
import { t } from '@/messages/words';

interface SendConfirmProps {
  pending: Pending;
  onConfirm: () => void;
  onClose: () => void;
}

/** Real money waits for a word; the first time since signing in for a typed one, as everywhere on the desk. */
export function SendConfirm({ pending, onConfirm, onClose }: SendConfirmProps) {
  const consent = useLiveConsent();
  const [typed, setTyped] = useState('');
  const [isRefused, setIsRefused] = useState(false);
  const { operation, values } = pending;
  const { apikey: _, ...shown } = values;
  const isOrder = operation.effect === 'orders';
  const asksWord = isOrder && consent.isNeeded;
  const confirm = () => {
    if (asksWord && typed.trim().toUpperCase() !== CONSENT_WORD) return setIsRefused(true);
    if (asksWord) consent.give();
    onConfirm();
  };
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={confirm}
      title={
        isOrder ? t('Send {{call}} with real money?', { call: operation.id }) : t('Leave paper trading?')
      }
      description={
        isOrder
          ? t('The account is LIVE: this goes to the exchange through your broker as soon as it is sent.')
          : t('Orders that follow, from every client and alert, are real money where the account is real.')
      }
      confirmLabel={isOrder ? t('Send LIVE') : t('Leave paper trading')}
      cancelLabel={t('Do not send')}
    >
      <div className="grid gap-3 p-3">
        <CodeBlock label={t('What is sent')} className="max-h-60">
          {textOf(shown)}
        </CodeBlock>
        {asksWord && (
          <Field
            label={t('First order with real money since you signed in: type {{word}} to allow it', {
              word: CONSENT_WORD,
            })}
            error={isRefused ? t('must be {{word}}', { word: CONSENT_WORD }) : undefined}
          >
            {(control) => (
              <Input
                {...control}
                value={typed}
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                onChange={(event) => setTyped(event.target.value)}
              />
            )}
          </Field>
        )}
      </div>
    </ConfirmDialog>
  );
}
