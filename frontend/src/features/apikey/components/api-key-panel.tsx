import { useQuery } from '@tanstack/react-query';
import { Copy, Eye, EyeOff, RefreshCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { toast } from 'sonner';
import { RevealDialog } from '@/components/api-key/reveal-dialog';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState, ErrorState, Skeleton } from '@/components/ui/states';
import { messageOf } from '@/lib/api/errors';
import { formatMoment } from '@/lib/format';
import { apiKeyQuery, useRotateApiKey } from '@/lib/session/api-key';
import { t } from '@/messages/words';

const SHOWN_FOR_MS = 60_000;

/** Keeps the clear key on screen for a minute and nowhere else. */
function useShortLived() {
  const [secret, setSecret] = useState<string | null>(null);
  useEffect(() => {
    if (secret === null) return;
    const timer = setTimeout(() => setSecret(null), SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [secret]);
  return [secret, setSecret] as const;
}

async function copy(secret: string) {
  try {
    await navigator.clipboard.writeText(secret);
    toast.success(t('API key copied'));
  } catch {
    toast.error(t('The browser did not allow copying'), {
      description: t('Select the key and copy it by hand.'),
    });
  }
}

export function ApiKeyPanel() {
  const { data, error, refetch } = useQuery(apiKeyQuery);
  const rotate = useRotateApiKey();
  const [secret, setSecret] = useShortLived();
  const [isConfirming, setIsConfirming] = useState(false);
  const [isRevealing, setIsRevealing] = useState(false);

  const make = () =>
    rotate.mutate(undefined, {
      onSuccess: ({ api_key }) => {
        setSecret(api_key);
        setIsConfirming(false);
      },
      onError: (refusal) => toast.error(t('No new key was made'), { description: messageOf(refusal) }),
    });

  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-4 h-10" />
    );
  if (!data.exists && !secret) {
    return (
      <EmptyState
        title={t('No API key yet')}
        hint={t('SDKs, AmiBroker, Excel and TradingView sign in with it.')}
        action={
          <Button variant="primary" isBusy={rotate.isPending} onClick={make}>
            {t('Create API key')}
          </Button>
        }
      />
    );
  }
  return (
    <div className="grid max-w-3xl gap-4 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <output
          aria-label={t('API key')}
          className="min-w-0 flex-1 select-all break-all rounded border border-line-strong bg-panel px-3 py-2 font-mono text-sm"
        >
          {secret ?? data.masked ?? '••••••••••••••••'}
        </output>
        {secret ? (
          <>
            <Button variant="primary" onClick={() => void copy(secret)}>
              <Copy /> {t('Copy')}
            </Button>
            <Button onClick={() => setSecret(null)}>
              <EyeOff /> {t('Hide')}
            </Button>
          </>
        ) : (
          <Button onClick={() => setIsRevealing(true)}>
            <Eye /> {t('Show')}
          </Button>
        )}
        <Button onClick={() => setIsConfirming(true)}>
          <RefreshCw /> {t('Replace')}
        </Button>
      </div>
      {secret && (
        <p role="status">
          {t('Shown for one minute. Anyone who has this key can place orders in your account.')}
        </p>
      )}
      <dl className="grid grid-cols-[8rem_1fr] gap-y-1">
        <dt className="text-muted">{t('Created')}</dt>
        <dd>{formatMoment(data.created_at)}</dd>
        <dt className="text-muted">{t('Last used')}</dt>
        <dd>{data.last_used_at ? formatMoment(data.last_used_at) : t('never')}</dd>
      </dl>
      <RevealDialog isOpen={isRevealing} onClose={() => setIsRevealing(false)} onReveal={setSecret} />
      <ConfirmDialog
        isOpen={isConfirming}
        onClose={() => setIsConfirming(false)}
        onConfirm={make}
        isBusy={rotate.isPending}
        title={t('Replace the API key?')}
        description={t(
          'The present key stops working at once: every SDK, sheet and alert that uses it is refused until you give it the new one.',
        )}
        confirmLabel={t('Replace key')}
        cancelLabel={t('Keep key')}
      />
    </div>
  );
}
