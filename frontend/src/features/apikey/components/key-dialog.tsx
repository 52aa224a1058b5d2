import { type FormEvent, useState } from 'react';
import { LimitBox } from '@/components/limits/limit-box';
import { type Draft, type LimitField, limitsOf } from '@/components/limits/limits';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import {
  type ApiKey,
  type KeyTerms,
  SCOPES,
  type Scope,
  useChangeKey,
  useCreateKey,
} from '@/features/apikey/api/keys';
import { FIRST_LIMITS, SCOPE_WORDS } from '@/features/apikey/components/key-words';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface Entered {
  name: string;
  scope: Scope;
  order_mode: 'auto' | 'semi_auto';
  addresses: string;
  day: string;
}

const NEW: Entered = { name: '', scope: 'read', order_mode: 'auto', addresses: '', day: '' };

/** The calendar day in India of an instant. */
const dayOf = (iso: string) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Kolkata' }).format(new Date(iso));

function enteredOf(key: ApiKey): Entered {
  return {
    name: key.name,
    scope: key.scope,
    order_mode: key.order_mode,
    addresses: key.addresses.join(', '),
    day: key.expires_at ? dayOf(key.expires_at) : '',
  };
}

/** What is sent; a key ends with its last day in India, an end that nobody touched stays to the second. */
function termsOf({ day, addresses, name, ...rest }: Entered, before: ApiKey | null): KeyTerms {
  const kept = before?.expires_at && dayOf(before.expires_at) === day ? before.expires_at : null;
  return {
    ...rest,
    name: name.trim(),
    addresses: addresses.split(/[\s,]+/).filter(Boolean),
    expires_at: kept ?? (day ? `${day}T23:59:59+05:30` : null),
  };
}

interface KeyDialogProps {
  /** The key that is changed, null for a new one. */
  subject: ApiKey | null;
  limitFields: readonly LimitField[];
  onClose: () => void;
  onMade: (name: string, secret: string) => void;
}

function useSave({ subject, onClose, onMade }: Omit<KeyDialogProps, 'limitFields'>) {
  const create = useCreateKey();
  const change = useChangeKey(subject?.id ?? 0);
  const isBusy = create.isPending || change.isPending;
  const error = create.error ?? change.error;
  const save = (terms: KeyTerms, limits: Record<string, unknown>) =>
    subject
      ? change.mutate(terms, { onSuccess: onClose })
      : create.mutate({ ...terms, limits }, { onSuccess: ({ key, api_key }) => onMade(key.name, api_key) });
  return { save, isBusy, error };
}

export function KeyDialog({ limitFields, ...props }: KeyDialogProps) {
  const { subject, onClose } = props;
  const [entered, setEntered] = useState<Entered>(subject ? enteredOf(subject) : NEW);
  const [draft, setDraft] = useState<Draft>({});
  const [misread, setMisread] = useState<Record<string, string>>({});
  const { save, isBusy, error } = useSave(props);
  const fields = limitFields.filter(({ name }) => FIRST_LIMITS.includes(name));
  const mayTrade = entered.scope === 'trade' || entered.scope === 'paper';
  const put = (change: Partial<Entered>) => setEntered((now) => ({ ...now, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = mayTrade ? limitsOf(fields, draft) : { limits: {}, errors: {} };
    setMisread(read.errors);
    if (Object.keys(read.errors).length === 0) save(termsOf(entered, subject), read.limits);
  };
  const said = error instanceof ApiError ? error.fields : {};
  const errorOf = (name: string) => misread[name] ?? said[name]?.[0];
  return (
    <Dialog
      isOpen
      onClose={onClose}
      className="w-[min(40rem,calc(100vw-1.5rem))]"
      title={subject ? t('Change {{name}}', { name: subject.name }) : t('New API key')}
      description={t('Give a program no more than it needs.')}
    >
      <form className="grid gap-3" onSubmit={submit} noValidate>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={t('Name')} error={errorOf('name')}>
            {(control) => (
              <Input
                {...control}
                value={entered.name}
                maxLength={40}
                readOnly={subject?.is_first}
                onChange={(event) => put({ name: event.target.value })}
              />
            )}
          </Field>
          <Field label={t('It may')} error={errorOf('scope')}>
            {(control) => (
              <Select
                {...control}
                value={entered.scope}
                onChange={(event) => put({ scope: event.target.value as Scope })}
              >
                {SCOPES.map((scope) => (
                  <option key={scope} value={scope}>
                    {SCOPE_WORDS[scope]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t('Last day')} error={errorOf('expires_at')} hint={t('Blank: it does not end.')}>
            {(control) => (
              <Input
                {...control}
                type="date"
                value={entered.day}
                onChange={(event) => put({ day: event.target.value })}
              />
            )}
          </Field>
          <Field
            label={t('Only from these addresses')}
            error={errorOf('addresses')}
            hint={t('Blank: from everywhere.')}
          >
            {(control) => (
              <Input
                {...control}
                placeholder="203.0.113.7, 10.0.0.0/8"
                value={entered.addresses}
                onChange={(event) => put({ addresses: event.target.value })}
              />
            )}
          </Field>
        </div>
        {mayTrade && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4"
              checked={entered.order_mode === 'semi_auto'}
              onChange={(event) => put({ order_mode: event.target.checked ? 'semi_auto' : 'auto' })}
            />
            {t('Its orders wait for my approval')}
          </label>
        )}
        {mayTrade && !subject && (
          <fieldset className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
            <legend className="mb-1 font-medium">{t('Limits of its orders')}</legend>
            {fields.map((field) => (
              <LimitBox
                key={field.name}
                field={field}
                text={draft[field.name] ?? ''}
                error={errorOf(field.name)}
                isLocked={false}
                onChange={(text) => setDraft((now) => ({ ...now, [field.name]: text }))}
              />
            ))}
          </fieldset>
        )}
        {error && (
          <p role="alert" className="text-down">
            {messageOf(error)}
          </p>
        )}
        <Button type="submit" variant="primary" isBusy={isBusy} className="justify-self-end">
          {subject ? t('Save') : t('Create key')}
        </Button>
      </form>
    </Dialog>
  );
}
