import { WifiOff } from 'lucide-react';
import { Link } from 'react-router';
import { useSession } from '@/lib/session/bootstrap';
import { useConnection } from '@/stores/connection';

/** What a trader must know before anything else on the page. */
export function Banners() {
  const isOnline = useConnection((state) => state.isOnline);
  const { account } = useSession();
  const state = account?.session.state;
  return (
    <div aria-live="polite">
      {!isOnline && (
        <p className="flex items-center gap-2 bg-danger-fill px-3 py-1.5 font-medium text-white">
          <WifiOff className="size-4 shrink-0" aria-hidden /> This browser is offline. Figures are old and
          orders cannot be sent.
        </p>
      )}
      {account && (state === 'expired' || state === 'revoked') && (
        <p className="border-line border-b bg-raised px-3 py-1.5 text-warn">
          The session of {account.label} {state === 'expired' ? 'has expired' : 'was revoked by the broker'}
          {account.session.reason && `: ${account.session.reason}`}.{' '}
          <Link to="/broker" className="font-medium underline">
            Reconnect
          </Link>
        </p>
      )}
    </div>
  );
}
