import type { FieldError, UseFormRegisterReturn } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { t } from '@/messages/words';

interface SecretFieldProps {
  /** What the form registered under its name, with `REQUIRED`. */
  registered: UseFormRegisterReturn;
  error: FieldError | undefined;
}

export const REQUIRED = { required: t('is required') };

interface PasswordFieldProps extends SecretFieldProps {
  label?: string;
}

/** The password of who is signed in, asked for before something grave. */
export function PasswordField({ registered, error, label = t('Your password') }: PasswordFieldProps) {
  return (
    <Field label={label} error={error?.message}>
      {(control) => <Input {...control} type="password" autoComplete="current-password" {...registered} />}
    </Field>
  );
}

interface CodeFieldProps extends SecretFieldProps {
  label: string;
  hint?: string;
  /** Six digits of an authenticator and nothing else; a recovery code has letters. */
  isNumeric?: boolean;
}

export function CodeField({ registered, error, label, hint, isNumeric }: CodeFieldProps) {
  return (
    <Field label={label} hint={hint} error={error?.message}>
      {(control) => (
        <Input
          {...control}
          className="font-mono text-base tracking-wider"
          autoComplete="one-time-code"
          {...(isNumeric && { inputMode: 'numeric', maxLength: 8, autoFocus: true })}
          {...registered}
        />
      )}
    </Field>
  );
}
