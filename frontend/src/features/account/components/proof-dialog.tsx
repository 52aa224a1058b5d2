import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { PasswordAndCode } from '@/features/account/api/security';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

interface ProofDialogProps {
  title: string;
  description: string;
  codeLabel: string;
  submitLabel: string;
  isDangerous?: boolean;
  onClose: () => void;
  /** Resolves when it is done; what it raises is shown. */
  onProof: (proof: PasswordAndCode) => Promise<void>;
}

/** Password and code, asked for before the second step itself is changed. */
export function ProofDialog(props: ProofDialogProps) {
  const form = useForm<PasswordAndCode>({ defaultValues: { password: '', code: '' } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ password, code }) => {
    try {
      await props.onProof({ password, code: code.trim() });
    } catch (error) {
      form.setError('root', { message: messageOf(error) });
    }
  });
  return (
    <Dialog isOpen onClose={props.onClose} title={props.title} description={props.description}>
      <form onSubmit={submit} className="grid gap-3" noValidate>
        <Field label={t('Your password')} error={errors.password?.message}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              {...form.register('password', { required: t('is required') })}
            />
          )}
        </Field>
        <Field label={props.codeLabel} error={errors.code?.message}>
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              autoComplete="one-time-code"
              {...form.register('code', { required: t('is required') })}
            />
          )}
        </Field>
        {errors.root && (
          <p role="alert" className="text-down">
            {errors.root.message}
          </p>
        )}
        <Button
          type="submit"
          variant={props.isDangerous ? 'danger' : 'primary'}
          isBusy={isSubmitting}
          className="justify-self-end"
        >
          {props.submitLabel}
        </Button>
      </form>
    </Dialog>
  );
}
