import { AuthPage } from '@/features/setup-login/components/auth-page';
import { SetupForm } from '@/features/setup-login/components/setup-form';
import { useSession } from '@/lib/session/bootstrap';

export function Component() {
  const { setup_token_required } = useSession();
  return (
    <AuthPage
      title="Set up your desk"
      lead="This account owns the server: its orders, its keys, its settings."
    >
      <title>Set up · OpenAlgo</title>
      <SetupForm needsToken={setup_token_required} />
    </AuthPage>
  );
}
