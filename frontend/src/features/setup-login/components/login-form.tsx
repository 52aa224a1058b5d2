import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { Link } from 'react-router';
import { LockNotice, useLock } from '@/components/password/lock-notice';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { showServerErrors } from '@/features/setup-login/components/form-errors';
import { PasskeyButton } from '@/features/setup-login/components/passkey-button';
import { z } from '@/lib/schema';
import { useOpenSession } from '@/lib/session/actions';
import { t } from '@/messages/words';

const loginSchema = z.object({
  username: z.string().trim().min(1, t('is required')),
  password: z.string().min(1, t('is required')),
});
type LoginValues = z.output<typeof loginSchema>;

/** The first step: name and password. A user with an authenticator owes a code afterwards. */
export function LoginForm() {
  const { mutateAsync } = useOpenSession<LoginValues>('/login');
  const form = useForm({ resolver: zodResolver(loginSchema), defaultValues: { username: '', password: '' } });
  const { errors, isSubmitting } = form.formState;
  const lock = useLock();
  const submit = form.handleSubmit(async (values) => {
    try {
      await mutateAsync(values);
    } catch (error) {
      form.resetField('password');
      lock.see(error);
      showServerErrors(error, ['username', 'password'], form.setError);
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <Field label={t('Username')} error={errors.username?.message}>
        {(control) => (
          <Input
            {...control}
            className="h-10"
            autoComplete="username"
            autoFocus
            {...form.register('username')}
          />
        )}
      </Field>
      <Field label={t('Password')} error={errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            className="h-10"
            type="password"
            autoComplete="current-password"
            {...form.register('password')}
          />
        )}
      </Field>
      {errors.root && lock.left === 0 && (
        <p role="alert" className="text-down">
          {errors.root.message}
        </p>
      )}
      <LockNotice left={lock.left} />
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting} disabled={lock.left > 0}>
        {t('Sign in')}
      </Button>
      <PasskeyButton />
      <Link to="/reset-password" className="justify-self-start py-1 text-accent-text underline">
        {t('Forgot your password?')}
      </Link>
    </form>
  );
}
