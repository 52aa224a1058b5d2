import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { messageOf } from '@/lib/api/errors';
import { z } from '@/lib/schema';
import { useRevealApiKey } from '@/lib/session/api-key';
import { t } from '@/messages/words';

const formSchema = z.object({ password: z.string().min(1, t('is required')) });

interface RevealDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onReveal: (secret: string) => void;
  title?: string;
  submitLabel?: string;
}

/** The clear key for the desk's password; who asks decides how long it lives. */
export function RevealDialog({
  isOpen,
  onClose,
  onReveal,
  title = t('Show the API key'),
  submitLabel = t('Show key'),
}: RevealDialogProps) {
  const { mutateAsync } = useRevealApiKey();
  const form = useForm({ resolver: zodResolver(formSchema), defaultValues: { password: '' } });
  const { errors, isSubmitting } = form.formState;

  const close = () => {
    form.reset();
    onClose();
  };
  const submit = form.handleSubmit(async ({ password }) => {
    try {
      onReveal((await mutateAsync(password)).api_key);
      close();
    } catch (refusal) {
      form.setError('password', { message: messageOf(refusal) });
    }
  });
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={title}
      description={t('Your desk password is asked once more.')}
    >
      <form onSubmit={submit} className="grid gap-3" noValidate>
        <Field label={t('Password')} error={errors.password?.message}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              {...form.register('password')}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" isBusy={isSubmitting} className="justify-self-end">
          {submitLabel}
        </Button>
      </form>
    </Dialog>
  );
}
