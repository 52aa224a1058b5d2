import { WifiOff } from 'lucide-react';
import { Link } from 'react-router';
import { useSession } from '@/lib/session/bootstrap';
import { Rich } from '@/messages/rich';
import { t } from '@/messages/words';
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
          <WifiOff className="size-4 shrink-0" aria-hidden />{' '}
          {t('This browser is offline. Figures are old and orders cannot be sent.')}
        </p>
      )}
      {account && (state === 'expired' || state === 'revoked') && (
        <p className="border-line border-b bg-raised px-3 py-1.5 text-warn">
          <Rich
            text={
              state === 'expired'
                ? 'The session of {{account}} has expired{{reason}}. <link>Reconnect</link>'
                : 'The session of {{account}} was revoked by the broker{{reason}}. <link>Reconnect</link>'
            }
            values={{
              account: account.label,
              reason: account.session.reason ? `: ${account.session.reason}` : '',
            }}
            parts={{ link: <Link to="/broker" className="font-medium underline" /> }}
          />
        </p>
      )}
    </div>
  );
}
