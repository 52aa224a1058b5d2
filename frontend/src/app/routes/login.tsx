import { AuthPage } from '@/features/setup-login/components/auth-page';
import { LoginForm } from '@/features/setup-login/components/login-form';

export function Component() {
  return (
    <AuthPage title="Sign in" lead="to your trading desk.">
      <title>Sign in · OpenAlgo</title>
      <LoginForm />
    </AuthPage>
  );
}
