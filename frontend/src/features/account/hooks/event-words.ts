import type { SecurityEvent } from '@/features/account/api/security';
import { t } from '@/messages/words';

const WORDS: Record<string, string> = {
  signed_in: t('Signed in'),
  sign_in_failed: t('Wrong password'),
  code_failed: t('Wrong code'),
  code_reused: t('A code was used twice'),
  recovery_code_used: t('Recovery code used'),
  totp_enabled: t('Second step turned on'),
  totp_disabled: t('Second step turned off'),
  totp_reset_by_operator: t('Second step reset by the operator'),
  recovery_codes_renewed: t('New recovery codes'),
  password_changed: t('Password changed'),
  password_reset_asked: t('Reset link asked for'),
  password_reset_link: t('Reset link printed by the operator'),
  password_reset_by_mail: t('Password reset by link'),
  password_reset_by_code: t('Password reset by authenticator and recovery code'),
  profile_changed: t('Name or e-mail changed'),
  sessions_ended: t('Other browsers signed out'),
  session_ended: t('One browser signed out'),
  mail_changed: t('Mail server changed'),
  unlocked: t('Unlocked by the operator'),
  user_created: t('User made by an administrator'),
  user_invited: t('Invited again by an administrator'),
  user_disabled: t('Disabled by an administrator'),
  user_enabled: t('Enabled by an administrator'),
  made_admin: t('Made an administrator'),
  made_user: t('Administrator no more'),
  password_reset_by_admin: t('Reset link mailed by an administrator'),
  totp_reset_by_admin: t('Second step reset by an administrator'),
  unlocked_by_admin: t('Unlocked by an administrator'),
  passkey_added: t('Passkey added'),
  passkey_removed: t('Passkey removed'),
  passkey_suspended: t('Passkey suspended: a copy was used'),
  key_created: t('API key made'),
  key_changed: t('API key changed'),
  key_rotated: t('API key replaced'),
  key_revoked: t('API key revoked'),
};
const ALARMING = new Set([
  'sign_in_failed',
  'code_failed',
  'code_reused',
  'totp_disabled',
  'totp_reset_by_operator',
  'totp_reset_by_admin',
  'passkey_suspended',
]);

/** What happened, in words; a kind that this page does not know yet is shown as it came. */
export function eventWords({ kind }: Pick<SecurityEvent, 'kind'>): string {
  return WORDS[kind] ?? kind.replaceAll('_', ' ');
}

export function isAlarming({ kind }: Pick<SecurityEvent, 'kind'>): boolean {
  return ALARMING.has(kind);
}
