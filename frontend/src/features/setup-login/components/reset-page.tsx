import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { linkQuery, resetWaysQuery } from '@/features/setup-login/api/reset';
import { AskForm } from '@/features/setup-login/components/ask-form';
import { CodeResetForm } from '@/features/setup-login/components/code-reset-form';
import { LinkForm } from '@/features/setup-login/components/link-form';
import { t } from '@/messages/words';

/** The token of a mailed link stands behind the `#`; it leaves the address bar as soon as it is read. */
function useToken(): string {
  const [token] = useState(() => (/^#[0-9a-f]{64}$/.test(location.hash) ? location.hash.slice(1) : ''));
  useEffect(() => {
    if (token) history.replaceState(history.state, '', location.pathname);
  }, [token]);
  return token;
}

export function ResetPage() {
  const token = useToken();
  const [isDone, setIsDone] = useState(false);
  if (isDone) return <Done />;
  return token ? (
    <ByLink token={token} onDone={() => setIsDone(true)} />
  ) : (
    <Ways onDone={() => setIsDone(true)} />
  );
}

function Done() {
  return (
    <div className="grid gap-4">
      <p role="status">{t('Your password is changed. Every browser was signed out.')}</p>
      <Button asChild variant="primary" size="lg">
        <Link to="/login">{t('Sign in')}</Link>
      </Button>
    </div>
  );
}

function ByLink({ token, onDone }: { token: string; onDone: () => void }) {
  const { data, error } = useQuery(linkQuery(token));
  if (data) return <LinkForm token={token} username={data.username} onDone={onDone} />;
  return error ? <ErrorState error={error} /> : <Skeleton className="h-56" />;
}

type Way = 'mail' | 'codes';

function Ways({ onDone }: { onDone: () => void }) {
  const { data, error, refetch } = useQuery(resetWaysQuery);
  const [chosen, setChosen] = useState<Way | null>(null);
  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="h-56" />
    );
  const way = chosen ?? (data.by_mail ? 'mail' : 'codes');
  return (
    <div className="grid gap-4">
      {data.by_mail && (
        <Segmented
          label={t('How to reset')}
          value={way}
          onChange={setChosen}
          options={[
            { value: 'mail', label: t('By e-mail') },
            { value: 'codes', label: t('By authenticator') },
          ]}
        />
      )}
      {way === 'mail' ? <AskForm /> : <CodeResetForm onDone={onDone} />}
      {!data.by_mail && (
        <p className="text-muted text-xs">
          {t(
            'This installation sends no mail. Without an authenticator, its operator can print a reset link:',
          )}{' '}
          <code className="font-mono">app.py account reset-link</code>
        </p>
      )}
      <Link to="/login" className="justify-self-start py-1 text-accent-text underline">
        {t('Back to sign-in')}
      </Link>
    </div>
  );
}
