import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { showServerErrors } from '@/features/setup-login/components/form-errors';
import { z } from '@/lib/schema';
import { useOpenSession } from '@/lib/session/actions';

const loginSchema = z.object({
  username: z.string().trim().min(1, 'is required'),
  password: z.string().min(1, 'is required'),
});
type LoginValues = z.output<typeof loginSchema>;

export function LoginForm() {
  const { mutateAsync } = useOpenSession<LoginValues>('/login');
  const form = useForm({ resolver: zodResolver(loginSchema), defaultValues: { username: '', password: '' } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    try {
      await mutateAsync(values);
    } catch (error) {
      form.resetField('password');
      showServerErrors(error, ['username', 'password'], form.setError);
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <Field label="Username" error={errors.username?.message}>
        {(control) => (
          <Input
            {...control}
            className="h-10"
            autoComplete="username"
            autoFocus
            {...form.register('username')}
          />
        )}
      </Field>
      <Field label="Password" error={errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            className="h-10"
            type="password"
            autoComplete="current-password"
            {...form.register('password')}
          />
        )}
      </Field>
      {errors.root && (
        <p role="alert" className="text-down">
          {errors.root.message}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting}>
        Sign in
      </Button>
    </form>
  );
}
