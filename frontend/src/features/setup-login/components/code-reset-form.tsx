import { type UseFormReturn, useForm } from 'react-hook-form';
import { LockNotice, useLock } from '@/components/password/lock-notice';
import { NewPassword } from '@/components/password/new-password';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { useResetByCode } from '@/features/setup-login/api/reset';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface Values {
  username: string;
  code: string;
  recovery_code: string;
  password: string;
}

const EMPTY: Values = { username: '', code: '', recovery_code: '', password: '' };

/** Authenticator and recovery code together set a new password, without mail. */
export function CodeResetForm({ onDone }: { onDone: () => void }) {
  const reset = useResetByCode();
  const form = useForm<Values>({ defaultValues: EMPTY });
  const { errors, isSubmitting } = form.formState;
  const lock = useLock();
  const submit = form.handleSubmit(async ({ password, code, ...values }) => {
    try {
      await reset.mutateAsync({ ...values, code: code.replace(/\s/g, ''), new_password: password });
      onDone();
    } catch (error) {
      lock.see(error);
      const said = error instanceof ApiError ? error.fields.password?.join('; ') : undefined;
      if (said) form.setError('password', { message: said });
      else form.setError('root', { message: messageOf(error) });
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <p className="text-muted text-xs">
        {t('Both are asked for, so that a lost phone or a found sheet of codes is not enough.')}
      </p>
      <TextRow form={form} name="username" label={t('Username')} autoComplete="username" />
      <TextRow form={form} name="code" label={t('Code of your authenticator')} autoComplete="one-time-code" />
      <TextRow form={form} name="recovery_code" label={t('Recovery code')} autoComplete="off" />
      <NewPassword
        className="h-10"
        username={form.watch('username')}
        value={form.watch('password')}
        error={errors.password?.message}
        {...form.register('password', { required: t('is required') })}
      />
      {errors.root && lock.left === 0 && (
        <p role="alert" className="text-down">
          {errors.root.message}
        </p>
      )}
      <LockNotice left={lock.left} />
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting} disabled={lock.left > 0}>
        {t('Set the password')}
      </Button>
    </form>
  );
}

interface TextRowProps {
  form: UseFormReturn<Values>;
  name: 'username' | 'code' | 'recovery_code';
  label: string;
  autoComplete: 'username' | 'one-time-code' | 'off';
}

function TextRow({ form, name, label, autoComplete }: TextRowProps) {
  return (
    <Field label={label} error={form.formState.errors[name]?.message}>
      {(control) => (
        <Input
          {...control}
          className="h-10"
          autoComplete={autoComplete}
          {...form.register(name, { required: t('is required') })}
        />
      )}
    </Field>
  );
}
