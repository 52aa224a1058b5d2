import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/states';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** Pages that speak of an account's books wait until one is connected. */
export function NeedsBroker({ title, children }: { title: string; children: ReactNode }) {
  const { account, mode } = useSession();
  // Paper trading keeps its own books, so they can be read while the broker's session is over.
  if (account && (account.session.state === 'valid' || mode === 'analyze')) return children;
  return (
    <>
      <h1 className="sr-only">{title}</h1>
      <EmptyState
        title={
          account ? t('{{label}} is not connected', { label: account.label }) : t('No broker account yet')
        }
        hint={
          account
            ? t('Sign in again to see its books.')
            : t('The Practice Exchange needs no account: one press and prices move.')
        }
        action={
          <Button asChild variant="primary">
            <Link to="/broker">{account ? t('Reconnect') : t('Connect an account')}</Link>
          </Button>
        }
      />
    </>
  );
}
