import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { type ApiKey, useReplaceKey } from '@/features/apikey/api/keys';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

const OVERLAPS: readonly [number, string][] = [
  [0, t('it stops at once')],
  [1, t('one hour')],
  [24, t('one day')],
  [168, t('one week')],
];

interface ReplaceDialogProps {
  subject: ApiKey;
  onClose: () => void;
  onMade: (name: string, secret: string) => void;
}

export function ReplaceDialog({ subject, onClose, onMade }: ReplaceDialogProps) {
  const [hours, setHours] = useState(24);
  const replace = useReplaceKey(subject.id);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Replace the key of {{name}}', { name: subject.name })}
      description={t('Scope and limits stay. One replaced before the present one stops at once.')}
    >
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          replace.mutate(hours, { onSuccess: ({ api_key }) => onMade(subject.name, api_key) });
        }}
      >
        <Field
          label={t('The present key goes on for')}
          error={replace.error ? messageOf(replace.error) : undefined}
        >
          {(control) => (
            <Select {...control} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
              {OVERLAPS.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Button type="submit" variant="primary" isBusy={replace.isPending} className="justify-self-end">
          {t('Make the new key')}
        </Button>
      </form>
    </Dialog>
  );
}
