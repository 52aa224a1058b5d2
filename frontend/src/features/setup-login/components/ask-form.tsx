import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { useAskForLink } from '@/features/setup-login/api/reset';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

/** Asks for a link; the answer is the same whether or not the address is known. */
export function AskForm() {
  const ask = useAskForLink();
  const form = useForm({ defaultValues: { email: '' } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ email }) => {
    try {
      await ask.mutateAsync(email.trim());
    } catch (error) {
      form.setError('email', { message: messageOf(error) });
    }
  });
  if (ask.isSuccess)
    return (
      <p role="status">
        {t('If the address belongs to a user, a link is on its way. It works for 10 minutes and once.')}
      </p>
    );
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <Field label={t('E-mail')} error={errors.email?.message}>
        {(control) => (
          <Input
            {...control}
            className="h-10"
            type="email"
            autoComplete="email"
            {...form.register('email', { required: t('is required') })}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting}>
        {t('Send a link')}
      </Button>
    </form>
  );
}
