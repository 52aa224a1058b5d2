import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { PasswordAndCode } from '@/features/account/api/security';
import { CodeField, PasswordField, REQUIRED } from '@/features/account/components/secret-fields';
import { messageOf } from '@/lib/api/errors';

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
        <PasswordField registered={form.register('password', REQUIRED)} error={errors.password} />
        <CodeField label={props.codeLabel} registered={form.register('code', REQUIRED)} error={errors.code} />
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
