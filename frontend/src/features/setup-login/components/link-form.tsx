import { useForm } from 'react-hook-form';
import { NewPassword } from '@/components/password/new-password';
import { Button } from '@/components/ui/button';
import { useResetByLink } from '@/features/setup-login/api/reset';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface LinkFormProps {
  token: string;
  username: string;
  onDone: () => void;
}

/** The new password of whoever holds a live link. */
export function LinkForm({ token, username, onDone }: LinkFormProps) {
  const reset = useResetByLink();
  const form = useForm({ defaultValues: { password: '' } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ password }) => {
    try {
      await reset.mutateAsync({ token, new_password: password });
      onDone();
    } catch (error) {
      const said = error instanceof ApiError ? error.fields.password?.join('; ') : undefined;
      form.setError('password', { message: said ?? messageOf(error) });
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <p>{t('For the user {{username}}.', { username })}</p>
      <input type="text" autoComplete="username" value={username} readOnly hidden />
      <NewPassword
        className="h-10"
        username={username}
        value={form.watch('password')}
        error={errors.password?.message}
        {...form.register('password', { required: t('is required') })}
      />
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting}>
        {t('Set the password')}
      </Button>
    </form>
  );
}
