import { type FormEvent, useState } from 'react';
import { LimitBox } from '@/components/limits/limit-box';
import { type Draft, draftOf, type LimitField, limitsOf } from '@/components/limits/limits';
import { readable } from '@/components/limits/served-words';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { useSaveLimits } from '@/features/risk/api/change-risk';
import type { RiskScope } from '@/features/risk/api/get-risk';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

/** Every limit of one scope; what is left blank is off. */
export function LimitsForm({ scope, fields }: { scope: RiskScope; fields: readonly LimitField[] }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields, scope.limits));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [reason, setReason] = useState('');
  const save = useSaveLimits(scope);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = limitsOf(fields, draft);
    setErrors(read.errors);
    if (Object.keys(read.errors).length > 0) return;
    save.mutate(
      { limits: read.limits, reason: reason.trim() },
      {
        onSuccess: () => setReason(''),
        onError: (error) => {
          if (!(error instanceof ApiError)) return;
          setErrors(
            Object.fromEntries(Object.entries(error.fields).map(([name, texts]) => [name, texts[0] ?? ''])),
          );
        },
      },
    );
  };
  const groups = [...new Set(fields.map(({ group }) => group))];
  return (
    <form aria-label={t('Limits')} className="grid gap-4" onSubmit={submit} noValidate>
      {groups.map((group) => (
        <fieldset key={group} className="grid gap-x-4 gap-y-2 sm:grid-cols-2 xl:grid-cols-4">
          <legend className="mb-1 font-medium">{readable(group)}</legend>
          {fields
            .filter((field) => field.group === group)
            .map((field) => (
              <LimitBox
                key={field.name}
                field={field}
                text={draft[field.name] ?? ''}
                error={errors[field.name]}
                isLocked={!scope.may_change}
                onChange={(text) => setDraft((current) => ({ ...current, [field.name]: text }))}
              />
            ))}
        </fieldset>
      ))}
      <div className="flex flex-wrap items-end gap-2">
        <Field label={t('Reason, for the record')} className="w-72">
          {(control) => (
            <Input
              {...control}
              value={reason}
              maxLength={255}
              disabled={!scope.may_change}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" isBusy={save.isPending} disabled={!scope.may_change}>
          {t('Save limits')}
        </Button>
        {save.error && (
          <p role="alert" className="text-down">
            {messageOf(save.error)}
          </p>
        )}
        {scope.version > 0 && (
          <p className="text-muted text-xs">
            {t('Version {{version}}, {{by}}, {{time}}', {
              version: scope.version,
              by: scope.changed_by,
              time: scope.changed_at_ist,
            })}
          </p>
        )}
      </div>
    </form>
  );
}
