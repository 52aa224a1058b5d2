import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Signed } from '@/components/market/live';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { fundsQuery } from '@/features/dashboard/api/get-funds';
import { cn } from '@/lib/cn';
import { formatMoney } from '@/lib/format';
import { t } from '@/messages/words';

function Figure({ label, children, isLead }: { label: string; children: ReactNode; isLead?: boolean }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-muted text-xs">{label}</dt>
      <dd
        className={cn(
          'truncate font-medium tabular-nums',
          isLead ? 'text-lg leading-6' : 'text-base leading-6',
        )}
      >
        {children}
      </dd>
    </div>
  );
}

/** The account's money in one line; a failed refresh keeps the last figures and says they are old. */
export function FundsStrip() {
  const { data, error, refetch } = useQuery(fundsQuery);
  if (!data && error) return <ErrorState error={error} onRetry={() => void refetch()} isCompact />;
  const money = (value: number | null | undefined) =>
    data ? formatMoney(value) : <Skeleton className="mt-1 h-5 w-24" />;
  const signed = (value: number | null | undefined) =>
    data ? <Signed value={value} /> : <Skeleton className="mt-1 h-5 w-20" />;
  return (
    <section aria-label={t('Funds')} className="border-line border-b px-3 py-2">
      <dl className="grid grid-cols-[1.4fr_repeat(4,1fr)] gap-x-6 gap-y-2 max-md:grid-cols-2">
        <Figure label={t('Available cash')} isLead>
          {money(data?.availablecash)}
        </Figure>
        <Figure label={t('Margin used')}>{money(data?.utiliseddebits)}</Figure>
        <Figure label={t('Collateral')}>{money(data?.collateral)}</Figure>
        <Figure label={t('Realised P&L')}>{signed(data?.m2mrealized)}</Figure>
        <Figure label={t('Unrealised P&L')}>{signed(data?.m2munrealized)}</Figure>
      </dl>
      {data?.unpriced ? (
        <p role="status" className="mt-1 text-muted text-xs">
          {t('{{count}} positions have no price yet; the unrealised P&L is not known.', {
            count: data.unpriced,
            one: 'One position has no price yet; the unrealised P&L is not known.',
          })}
        </p>
      ) : null}
      {data && error ? (
        <p role="status" className="mt-1 text-warn text-xs">
          {t('These figures are not up to date.')}
        </p>
      ) : null}
    </section>
  );
}
