import { AuthPage } from '@/features/setup-login/components/auth-page';
import { SetupForm } from '@/features/setup-login/components/setup-form';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

export function Component() {
  const { setup_token_required } = useSession();
  return (
    <AuthPage
      title={t('Set up your desk')}
      lead={t('This account owns the server: its orders, its keys, its settings.')}
    >
      <title>{`${t('Set up')} · OpenAlgo`}</title>
      <SetupForm needsToken={setup_token_required} />
    </AuthPage>
  );
}
