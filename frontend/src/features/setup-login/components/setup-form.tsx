import { zodResolver } from '@hookform/resolvers/zod';
import type { HTMLInputAutoCompleteAttribute } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { showServerErrors } from '@/features/setup-login/components/form-errors';
import { type SetupValues, setupSchema } from '@/features/setup-login/components/setup-schema';
import { useOpenSession } from '@/lib/session/actions';
import { t } from '@/messages/words';

interface FieldRow {
  name: keyof SetupValues;
  label: string;
  type: string;
  autoComplete: HTMLInputAutoCompleteAttribute;
  hint?: string;
}

const FIELDS: FieldRow[] = [
  { name: 'username', label: t('Username'), type: 'text', autoComplete: 'username' },
  { name: 'email', label: t('E-mail'), type: 'email', autoComplete: 'email' },
  {
    name: 'password',
    label: t('Password'),
    type: 'password',
    autoComplete: 'new-password',
    hint: t('8 characters or more: upper and lower case, a digit, and one of !@#$%^&*'),
  },
  { name: 'repeated', label: t('Repeat password'), type: 'password', autoComplete: 'new-password' },
];
const TOKEN_FIELD: FieldRow = {
  name: 'setup_token',
  label: t('Setup token'),
  type: 'text',
  autoComplete: 'off',
  hint: t('Printed in the server log at its first start.'),
};

export function SetupForm({ needsToken }: { needsToken: boolean }) {
  const { mutateAsync } = useOpenSession<
    Omit<SetupValues, 'repeated' | 'setup_token'> & { setup_token?: string }
  >('/setup');
  const form = useForm({
    resolver: zodResolver(setupSchema),
    defaultValues: { username: '', email: '', password: '', repeated: '', setup_token: '' },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ repeated: _repeated, setup_token, ...values }) => {
    try {
      await mutateAsync({ ...values, ...(needsToken && { setup_token }) });
    } catch (error) {
      showServerErrors(error, ['username', 'email', 'password', 'setup_token'], form.setError);
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      {[...FIELDS, ...(needsToken ? [TOKEN_FIELD] : [])].map(({ name, label, type, autoComplete, hint }) => (
        <Field key={name} label={label} error={errors[name]?.message} hint={hint}>
          {(control) => (
            <Input
              {...control}
              className="h-10"
              type={type}
              autoComplete={autoComplete}
              autoFocus={name === 'username'}
              {...form.register(name)}
            />
          )}
        </Field>
      ))}
      {errors.root && (
        <p role="alert" className="text-down">
          {errors.root.message}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting}>
        {t('Create account')}
      </Button>
    </form>
  );
}
