import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { securityEventsQuery } from '@/features/account/api/security';
import { Panel } from '@/features/account/components/section';
import { deviceName } from '@/features/account/hooks/device';
import { eventWords, isAlarming } from '@/features/account/hooks/event-words';
import { cn } from '@/lib/cn';
import { formatMoment } from '@/lib/format';
import { t } from '@/messages/words';

const FIRST = 12;

/** What happened to the credentials, newest first. */
export function EventsPanel() {
  const { data, error, refetch } = useQuery(securityEventsQuery);
  const [isAll, setIsAll] = useState(false);
  const shown = isAll ? data : data?.slice(0, FIRST);
  return (
    <Panel title={t('Security record')} lead={t('The last hundred events; they are kept for a year.')}>
      {shown ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section aria-label={t('Security record')} tabIndex={0} className="relative overflow-x-auto">
          <table className="w-full text-left text-xs">
            <thead className="text-muted">
              <tr className="border-line border-b [&>th]:py-1.5 [&>th]:pr-4 [&>th]:font-normal">
                <th scope="col">{t('Time')}</th>
                <th scope="col">{t('What')}</th>
                <th scope="col">{t('Device')}</th>
                <th scope="col">{t('Address')}</th>
                <th scope="col">{t('Detail')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((event, index) => (
                <tr
                  // biome-ignore lint/suspicious/noArrayIndexKey: events have no number and never change their order
                  key={`${event.created_at}:${event.kind}:${index}`}
                  className="h-7 whitespace-nowrap border-line border-b [&>td]:pr-4"
                >
                  <td className="tabular-nums">{formatMoment(event.created_at)}</td>
                  <td className={cn(isAlarming(event) && 'text-warn')}>{eventWords(event)}</td>
                  <td title={event.device}>{deviceName(event.device)}</td>
                  <td className="font-mono">{event.ip_address || '–'}</td>
                  <td className="text-muted">{event.detail ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {data && data.length > FIRST && (
            <Button size="sm" className="mt-2" onClick={() => setIsAll(!isAll)}>
              {isAll ? t('Show fewer') : t('Show all')}
            </Button>
          )}
        </section>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} isCompact />
      ) : (
        <Skeleton className="h-40" />
      )}
    </Panel>
  );
}
