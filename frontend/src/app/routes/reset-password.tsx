import { AuthPage } from '@/features/setup-login/components/auth-page';
import { ResetPage } from '@/features/setup-login/components/reset-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <AuthPage title={t('New password')} lead={t('when the old one is forgotten.')}>
      <title>{`${t('New password')} · OpenAlgo`}</title>
      <ResetPage />
    </AuthPage>
  );
}
