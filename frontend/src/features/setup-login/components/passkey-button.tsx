import { KeyRound } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { messageOf } from '@/lib/api/errors';
import { usePasskeySignIn } from '@/lib/session/actions';
import { useBootstrap } from '@/lib/session/bootstrap';
import { canUsePasskeys, isDeclined } from '@/lib/session/passkeys';
import { t } from '@/messages/words';

/** In with a finger, a face or a PIN: shown where this browser, at this address, has passkeys. */
export function PasskeyButton() {
  const origin = useBootstrap().data?.passkey_origin ?? null;
  const signIn = usePasskeySignIn();
  if (!canUsePasskeys(origin)) return null;
  return (
    <div className="grid gap-2">
      <Button size="lg" isBusy={signIn.isPending} onClick={() => signIn.mutate()}>
        <KeyRound /> {t('Sign in with a passkey')}
      </Button>
      {signIn.error && (
        <p role="alert" className="text-down">
          {isDeclined(signIn.error) ? t('The device showed no passkey.') : messageOf(signIn.error)}
        </p>
      )}
    </div>
  );
}
