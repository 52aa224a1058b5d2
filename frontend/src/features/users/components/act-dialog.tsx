import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { type User, type UserAct, useActOnUser } from '@/features/users/api/users';
import { explained, titleOf } from '@/features/users/user-acts';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface ActDialogProps {
  user: User;
  act: UserAct;
  onClose: () => void;
  onLink: (username: string, link: string) => void;
}

/** One act on a user, against the administrator's own password. */
export function ActDialog({ user, act, onClose, onLink }: ActDialogProps) {
  const [password, setPassword] = useState('');
  const run = useActOnUser(user.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate(
      { act, password },
      {
        onSuccess: (invitation) => {
          if (invitation?.link) return onLink(user.username, invitation.link);
          toast.success(
            invitation?.mailed ? t('A link is on its way to {{email}}', { email: user.email }) : t('Done'),
          );
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${user.username}: ${titleOf(act, user)}`}
      description={explained(act, user)}
    >
      <form className="grid gap-3" onSubmit={submit} noValidate>
        <Field label={t('Your password')} error={run.error ? messageOf(run.error) : undefined}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Button
          type="submit"
          variant={act.what === 'standing' && act.is_disabled ? 'danger' : 'primary'}
          isBusy={run.isPending}
          disabled={!password}
          className="justify-self-end"
        >
          {titleOf(act, user)}
        </Button>
      </form>
    </Dialog>
  );
}
