import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/states';
import { useSession } from '@/lib/session/bootstrap';

/** Pages that speak of an account's books wait until one is connected. */
export function NeedsBroker({ title, children }: { title: string; children: ReactNode }) {
  const { account, mode } = useSession();
  // Paper trading keeps its own books, so they can be read while the broker's session is over.
  if (account && (account.session.state === 'valid' || mode === 'analyze')) return children;
  return (
    <>
      <h1 className="sr-only">{title}</h1>
      <EmptyState
        title={account ? `${account.label} is not connected` : 'No broker account yet'}
        hint={
          account
            ? 'Sign in again to see its books.'
            : 'The Practice Exchange needs no account: one press and prices move.'
        }
        action={
          <Button asChild variant="primary">
            <Link to="/broker">{account ? 'Reconnect' : 'Connect an account'}</Link>
          </Button>
        }
      />
    </>
  );
}
