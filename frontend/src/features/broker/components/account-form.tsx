import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { Answers } from '@/features/broker/api/accounts';
import { SchemaFields, type SchemaValues } from '@/features/broker/components/schema-fields';
import { answersOf, type SchemaField } from '@/features/broker/hooks/schema-form';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface AccountFormProps {
  fields: readonly SchemaField[];
  /** Asked for when the account gets its name here. */
  defaultLabel?: string;
  submitLabel: string;
  onSubmit: (answers: Answers, label: string) => Promise<unknown>;
}

const LABEL = '__label';

/** A form over schema fields, with the server's complaints under the boxes they are about. */
export function AccountForm({ fields, defaultLabel, submitLabel, onSubmit }: AccountFormProps) {
  const initial = Object.fromEntries(fields.map((field) => [field.name, field.initial]));
  const form = useForm<SchemaValues>({ defaultValues: { ...initial, [LABEL]: defaultLabel ?? '' } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    try {
      await onSubmit(answersOf(fields, values), (values[LABEL] ?? '').trim());
    } catch (error) {
      const complaints = error instanceof ApiError ? error.fields : {};
      let isPlaced = false;
      for (const field of fields) {
        const complaint = complaints[field.name] ?? complaints[`credentials.${field.name}`];
        if (!complaint) continue;
        isPlaced = true;
        form.setError(field.name, { message: complaint.join('; ') });
      }
      if (!isPlaced) form.setError('root', { message: messageOf(error) });
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-3" noValidate>
      {defaultLabel !== undefined && (
        <Field
          label={t('Account name')}
          error={errors[LABEL]?.message}
          hint={t('How this account is called on the desk.')}
        >
          {(control) => (
            <Input
              {...control}
              maxLength={60}
              {...form.register(LABEL, { validate: (text) => text?.trim() !== '' || t('is required') })}
            />
          )}
        </Field>
      )}
      <SchemaFields fields={fields} register={form.register} errors={errors} />
      {errors.root && (
        <p role="alert" className="text-down">
          {errors.root.message}
        </p>
      )}
      <Button type="submit" variant="primary" isBusy={isSubmitting} className="justify-self-end">
        {submitLabel}
      </Button>
    </form>
  );
}
