import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { ErrorState, Skeleton } from '@/components/ui/states';
import {
  type BrowserSession,
  sessionsQuery,
  useEndOtherSessions,
  useEndSession,
} from '@/features/account/api/security';
import { Panel } from '@/features/account/components/section';
import { deviceName } from '@/features/account/hooks/device';
import { messageOf } from '@/lib/api/errors';
import { formatMoment } from '@/lib/format';
import { t } from '@/messages/words';

export function SessionsPanel() {
  const { data, error, refetch } = useQuery(sessionsQuery);
  const [isConfirming, setIsConfirming] = useState(false);
  const endOthers = useEndOtherSessions();
  const others = data?.filter(({ current }) => !current).length ?? 0;
  const end = () =>
    endOthers.mutate(undefined, {
      onSuccess: ({ ended: count }) => {
        setIsConfirming(false);
        toast.success(
          t('{{count}} browsers were signed out', { count, one: '{{count}} browser was signed out' }),
        );
      },
      onError: (refusal) => toast.error(t('Nobody was signed out'), { description: messageOf(refusal) }),
    });
  return (
    <Panel
      title={t('Signed-in browsers')}
      lead={t('Every browser that is in with your name. All are signed out at the daily session end.')}
      action={others > 0 && <Button onClick={() => setIsConfirming(true)}>{t('Sign out all others')}</Button>}
    >
      {data ? (
        <SessionTable sessions={data} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} isCompact />
      ) : (
        <Skeleton className="h-16" />
      )}
      <ConfirmDialog
        isOpen={isConfirming}
        onClose={() => setIsConfirming(false)}
        onConfirm={end}
        isBusy={endOthers.isPending}
        title={t('Sign out all other browsers?')}
        description={t('They have to sign in again. Orders, API keys and broker logins go on.')}
        confirmLabel={t('Sign out all others')}
      />
    </Panel>
  );
}

function SessionTable({ sessions }: { sessions: readonly BrowserSession[] }) {
  const end = useEndSession();
  const signOut = (one: BrowserSession) =>
    end.mutate(one.id, {
      onSuccess: () => toast.success(t('{{device}} was signed out', { device: deviceName(one.device) })),
      onError: (refusal) => toast.error(t('Not signed out'), { description: messageOf(refusal) }),
    });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section aria-label={t('Signed-in browsers')} tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full text-left text-xs">
        <thead className="text-muted">
          <tr className="border-line border-b [&>th]:py-1.5 [&>th]:pr-4 [&>th]:font-normal">
            <th scope="col">{t('Device')}</th>
            <th scope="col">{t('Address')}</th>
            <th scope="col">{t('Signed in')}</th>
            <th scope="col">{t('Last seen')}</th>
            <th scope="col">
              <span className="sr-only">{t('Sign out')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((one) => (
            <tr key={one.id} className="h-8 whitespace-nowrap border-line border-b [&>*]:pr-4">
              <th scope="row" className="font-normal" title={one.device}>
                <span className="mr-2">{deviceName(one.device)}</span>
                {one.current && <Badge tone="good">{t('this browser')}</Badge>}
              </th>
              <td className="font-mono">{one.ip_address || '–'}</td>
              <td className="tabular-nums">{formatMoment(one.created_at)}</td>
              <td className="tabular-nums">{one.current ? t('now') : formatMoment(one.last_seen_at)}</td>
              <td className="text-right">
                {!one.current && (
                  <Button
                    size="xs"
                    isBusy={end.isPending && end.variables === one.id}
                    aria-label={t('Sign out {{device}}', { device: deviceName(one.device) })}
                    onClick={() => signOut(one)}
                  >
                    {t('Sign out')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
