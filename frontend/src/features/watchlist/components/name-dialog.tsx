import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { t } from '@/messages/words';

const LONGEST_NAME = 40;

export interface NameRequest {
  title: string;
  name: string;
  /** Names that are taken, whatever their letter case. */
  taken: readonly string[];
  onName: (name: string) => void;
}

/** Asks for the name of a list or a group. */
export function NameDialog({ request, onClose }: { request: NameRequest | null; onClose: () => void }) {
  return (
    <Dialog isOpen={request !== null} onClose={onClose} title={request?.title ?? ''}>
      {request && <NameForm key={request.title + request.name} {...request} onClose={onClose} />}
    </Dialog>
  );
}

function NameForm({ name: first, taken, onName, onClose }: NameRequest & { onClose: () => void }) {
  const [name, setName] = useState(first);
  const [isTried, setTried] = useState(false);
  const wanted = name.trim();
  const isTaken = taken.some((one) => one.toLowerCase() === wanted.toLowerCase());
  const error = !wanted ? t('Enter a name') : isTaken ? t('This name is taken') : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setTried(true);
    if (error) return;
    onClose();
    if (wanted !== first) onName(wanted);
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field label={t('Name')} error={isTried || isTaken ? error : undefined}>
        {(control) => (
          <Input
            {...control}
            autoFocus
            autoComplete="off"
            maxLength={LONGEST_NAME}
            value={name}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('Cancel')}</Button>
        <Button type="submit" variant="primary">
          {t('Save')}
        </Button>
      </div>
    </form>
  );
}
