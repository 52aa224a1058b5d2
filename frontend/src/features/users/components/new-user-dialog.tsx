import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { type NewUser, useCreateUser } from '@/features/users/api/users';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface NewUserDialogProps {
  onClose: () => void;
  onLink: (username: string, link: string) => void;
}

export function NewUserDialog({ onClose, onLink }: NewUserDialogProps) {
  const [form, setForm] = useState<NewUser>({ username: '', email: '', is_admin: false, password: '' });
  const create = useCreateUser();
  const put = (change: Partial<NewUser>) => setForm((now) => ({ ...now, ...change }));
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(form, {
      onSuccess: ({ user, invitation }) => {
        if (invitation.link) return onLink(user.username, invitation.link);
        toast.success(t('A link is on its way to {{email}}', { email: user.email }));
        onClose();
      },
    });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('New user')}
      description={t('They choose their password with a link that is good for a day.')}
    >
      <form className="grid gap-3" onSubmit={submit} noValidate>
        <Field label={t('Username')} error={fields.username?.[0]}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={form.username}
              onChange={(event) => put({ username: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('E-mail')} error={fields.email?.[0]}>
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="off"
              value={form.email}
              onChange={(event) => put({ email: event.target.value })}
            />
          )}
        </Field>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4"
            checked={form.is_admin}
            onChange={(event) => put({ is_admin: event.target.checked })}
          />
          {t('Administrator')}
        </label>
        <Field label={t('Your password')}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              value={form.password}
              onChange={(event) => put({ password: event.target.value })}
            />
          )}
        </Field>
        {create.error && (
          <p role="alert" className="text-down">
            {messageOf(create.error)}
          </p>
        )}
        <Button type="submit" variant="primary" isBusy={create.isPending} className="justify-self-end">
          {t('Create user')}
        </Button>
      </form>
    </Dialog>
  );
}
