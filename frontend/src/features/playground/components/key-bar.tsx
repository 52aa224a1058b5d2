import { useQuery } from '@tanstack/react-query';
import { Eye, EyeOff, KeyRound, Lock } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { RevealDialog } from '@/components/api-key/reveal-dialog';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/states';
import type { HeldKey } from '@/features/playground/hooks/use-held-key';
import { messageOf } from '@/lib/api/errors';
import { apiKeyQuery } from '@/lib/session/api-key';
import { t } from '@/messages/words';

const MASK = '••••••••••••••••';

/** The key that calls are sent with: unlocked by the desk's password, masked until asked for, gone with the page. */
export function KeyBar({ held }: { held: HeldKey }) {
  const { data, error, refetch } = useQuery(apiKeyQuery);
  const [isUnlocking, setIsUnlocking] = useState(false);
  const { secret, isShown } = held;
  if (!data) {
    if (!error) return <Skeleton className="h-6 w-52" />;
    return (
      <p role="alert" className="flex items-center gap-2 text-down text-xs">
        {messageOf(error)}
        <Button size="xs" onClick={() => void refetch()}>
          {t('Try again')}
        </Button>
      </p>
    );
  }
  if (!data.exists) {
    return (
      <p className="text-xs">
        {t('No API key yet.')}{' '}
        <Link to="/apikey" className="text-accent-text underline">
          {t('Create one')}
        </Link>
      </p>
    );
  }
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1.5 text-xs">
      <KeyRound className="size-3.5 shrink-0 text-muted" aria-hidden />
      <output
        aria-label="API key"
        className="min-w-0 max-w-[22rem] select-all truncate font-mono text-muted"
        title={isShown ? undefined : t('Masked')}
      >
        {secret && isShown ? secret : (data.masked ?? MASK)}
      </output>
      {secret ? (
        <>
          <span className="text-up">{t('unlocked')}</span>
          <Button size="xs" onClick={() => held.show(!isShown)} aria-pressed={isShown}>
            {isShown ? <EyeOff /> : <Eye />} {isShown ? t('Hide key') : t('Show key')}
          </Button>
          <Button size="xs" variant="ghost" onClick={held.forget}>
            <Lock /> {t('Lock')}
          </Button>
        </>
      ) : (
        <Button size="xs" variant="primary" onClick={() => setIsUnlocking(true)}>
          {t('Unlock')}
        </Button>
      )}
      <RevealDialog
        isOpen={isUnlocking}
        onClose={() => setIsUnlocking(false)}
        onReveal={held.hold}
        title={t('Unlock the API key for this page')}
        submitLabel={t('Unlock')}
      />
    </div>
  );
}
