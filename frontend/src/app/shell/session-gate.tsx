import { Navigate, Outlet, useLocation, useSearchParams } from 'react-router';
import { Splash } from '@/app/shell/splash';
import { ErrorState } from '@/components/ui/states';
import { useBootstrap } from '@/lib/session/bootstrap';
import type { Bootstrap } from '@/lib/session/schema';
import { t } from '@/messages/words';

/** A page to go back to after signing in; only paths of this desk are followed. */
export function safeNext(next: string | null): string | null {
  return next && /^\/(?![/\\])/.test(next) ? next : null;
}

function firstPage(session: Bootstrap): string {
  return session.accounts.length === 0 ? '/broker' : '/dashboard';
}

function useGate() {
  const { data, error, refetch } = useBootstrap();
  if (data) return { session: data };
  if (error) {
    return {
      waiting: (
        <main className="grid h-dvh place-items-center">
          <h1 className="sr-only">{t('OpenAlgo cannot be reached')}</h1>
          <ErrorState error={error} onRetry={() => void refetch()} />
        </main>
      ),
    };
  }
  return { waiting: <Splash /> };
}

/** Before the sign-in and set-up pages: sends everyone to the page that fits the state of the server. */
export function EntryGate() {
  const { session, waiting } = useGate();
  const { pathname } = useLocation();
  const [parameters] = useSearchParams();
  if (!session) return waiting;
  if (session.needs_setup) return pathname === '/setup' ? <Outlet /> : <Navigate to="/setup" replace />;
  // A link out of a mail is followed whoever is signed in here.
  if (pathname === '/reset-password') return <Outlet />;
  if (session.authenticated)
    return <Navigate to={safeNext(parameters.get('next')) ?? firstPage(session)} replace />;
  return pathname === '/login' ? <Outlet /> : <Navigate to="/login" replace />;
}

/** Before the desk: nobody passes without a session. */
export function DeskGate() {
  const { session, waiting } = useGate();
  const { pathname, search } = useLocation();
  if (!session) return waiting;
  if (session.needs_setup) return <Navigate to="/setup" replace />;
  if (!session.authenticated) {
    const here = pathname + search;
    return <Navigate to={here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`} replace />;
  }
  return <Outlet />;
}
