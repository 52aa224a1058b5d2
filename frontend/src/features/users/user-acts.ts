import type { User, UserAct } from '@/features/users/api/users';
import { t } from '@/messages/words';

/** What can be done to a user as they are now. */
export function actsOn({ is_admin, is_disabled, is_invited, second_step }: User): UserAct[] {
  if (is_disabled) return [{ what: 'standing', is_admin, is_disabled: false }];
  return [
    is_invited ? { what: 'invite' } : { what: 'reset-password' },
    ...(second_step ? [{ what: 'reset-second-step' } as const] : []),
    { what: 'unlock' },
    { what: 'standing', is_admin: !is_admin, is_disabled },
    { what: 'standing', is_admin, is_disabled: true },
  ];
}

export function titleOf(act: UserAct, user: User): string {
  switch (act.what) {
    case 'invite':
      return t('Send a new invitation');
    case 'reset-password':
      return t('Mail a link to a new password');
    case 'reset-second-step':
      return t('Forget the authenticator');
    case 'unlock':
      return t('Unlock after wrong tries');
    case 'standing':
      if (act.is_disabled !== user.is_disabled) return act.is_disabled ? t('Disable') : t('Enable');
      return act.is_admin ? t('Make administrator') : t('Take the role of administrator');
  }
}

export function explained(act: UserAct, user: User): string {
  switch (act.what) {
    case 'invite':
      return t('The link is good for a day and one use; earlier ones stop working.');
    case 'reset-password':
      return t('It goes to {{email}} and is shown to nobody. The present password works until then.', {
        email: user.email,
      });
    case 'reset-second-step':
      return t('The next sign-in asks for the password alone. All browsers of the user are signed out.');
    case 'unlock':
      return t('The user may try again at once.');
    case 'standing':
      if (act.is_disabled !== user.is_disabled)
        return act.is_disabled
          ? t('Browsers and API keys of the user stop at once. Orders, GTTs and exits that stand go on.')
          : t('The user may sign in again, with the keys of before.');
      return act.is_admin
        ? t('Administrators manage users, mail, security and limits of everybody.')
        : t('Their own brokers, keys and strategies stay.');
  }
}
