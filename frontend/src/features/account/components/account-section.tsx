import { useForm } from 'react-hook-form';
import { toast } from 'sonner';
import { NewPassword } from '@/components/password/new-password';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { useChangePassword, useSaveProfile } from '@/features/account/api/profile';
import { PasswordField, REQUIRED } from '@/features/account/components/secret-fields';
import { Panel } from '@/features/account/components/section';
import { ApiError, messageOf } from '@/lib/api/errors';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

export function AccountSection() {
  const { user } = useSession();
  return (
    <>
      <NameForm key={`${user?.username}:${user?.email}`} />
      <PasswordForm />
    </>
  );
}

function NameForm() {
  const { user } = useSession();
  const save = useSaveProfile();
  const form = useForm({
    defaultValues: { username: user?.username ?? '', email: user?.email ?? '', password: '' },
  });
  const { errors, isSubmitting, isDirty } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    try {
      await save.mutateAsync(values);
      toast.success(t('Name and e-mail are saved'));
    } catch (error) {
      form.resetField('password');
      const fields = error instanceof ApiError ? error.fields : {};
      const name = fields.username ? 'username' : fields.email ? 'email' : 'password';
      form.setError(name, { message: fields[name]?.join('; ') ?? messageOf(error) });
    }
  });
  return (
    <Panel
      title={t('Name and e-mail')}
      lead={t(
        'You sign in with the name; a reset link goes to the address. Both change against your password.',
      )}
    >
      <form onSubmit={submit} className="grid max-w-3xl gap-3 md:grid-cols-3" noValidate>
        <Field label={t('Username')} error={errors.username?.message}>
          {(control) => (
            <Input {...control} autoComplete="username" {...form.register('username', REQUIRED)} />
          )}
        </Field>
        <Field label={t('E-mail')} error={errors.email?.message}>
          {(control) => (
            <Input {...control} type="email" autoComplete="email" {...form.register('email', REQUIRED)} />
          )}
        </Field>
        <PasswordField registered={form.register('password', REQUIRED)} error={errors.password} />
        <Button type="submit" isBusy={isSubmitting} disabled={!isDirty} className="justify-self-start">
          {t('Save name and e-mail')}
        </Button>
      </form>
    </Panel>
  );
}

function PasswordForm() {
  const { user } = useSession();
  const change = useChangePassword();
  const form = useForm({ defaultValues: { old: '', fresh: '' } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ old, fresh }) => {
    try {
      const { ended_sessions: count } = await change.mutateAsync({ old_password: old, new_password: fresh });
      form.reset();
      toast.success(t('The password is changed'), {
        description: t('{{count}} other browsers were signed out', {
          count,
          one: '{{count}} other browser was signed out',
        }),
      });
    } catch (error) {
      const said = error instanceof ApiError ? error.fields.password?.join('; ') : undefined;
      if (said) form.setError('fresh', { message: said });
      else form.setError('old', { message: messageOf(error) });
    }
  });
  return (
    <Panel title={t('Password')} lead={t('A new password signs every other browser out. API keys stay.')}>
      <form onSubmit={submit} className="grid max-w-3xl gap-3 md:grid-cols-3" noValidate>
        <input type="text" autoComplete="username" value={user?.username ?? ''} readOnly hidden />
        <PasswordField
          label={t('Present password')}
          registered={form.register('old', REQUIRED)}
          error={errors.old}
        />
        <div className="md:col-span-2">
          <NewPassword
            username={user?.username ?? ''}
            value={form.watch('fresh')}
            error={errors.fresh?.message}
            {...form.register('fresh', REQUIRED)}
          />
        </div>
        <Button type="submit" variant="primary" isBusy={isSubmitting} className="justify-self-start">
          {t('Change password')}
        </Button>
      </form>
    </Panel>
  );
}
