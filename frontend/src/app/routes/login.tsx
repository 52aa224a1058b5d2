import { AuthPage } from '@/features/setup-login/components/auth-page';
import { CodeForm } from '@/features/setup-login/components/code-form';
import { LoginForm } from '@/features/setup-login/components/login-form';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

export function Component() {
  const { code_owed_until: owedUntil } = useSession();
  return (
    <AuthPage
      title={owedUntil ? t('Second step') : t('Sign in')}
      lead={owedUntil ? t('Your password was right; now a code.') : t('to your trading desk.')}
    >
      <title>{`${t('Sign in')} · OpenAlgo`}</title>
      {owedUntil ? <CodeForm owedUntil={owedUntil} /> : <LoginForm />}
    </AuthPage>
  );
}
