import { useQuery } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { Signed } from '@/components/market/live';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type PaperReport, paperReportQuery, useResetPaper } from '@/features/paper/api/paper';
import { DayTable } from '@/features/paper/components/day-table';
import { ProfitCurve } from '@/features/paper/components/profit-curve';
import { messageOf } from '@/lib/api/errors';
import { formatMoney } from '@/lib/format';
import { t } from '@/messages/words';

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-muted text-xs">{label}</dt>
      <dd className="truncate font-medium text-base leading-6 tabular-nums max-md:text-sm">{children}</dd>
    </div>
  );
}

function Figures({ funds }: Pick<PaperReport, 'funds'>) {
  return (
    <dl className="grid min-w-0 flex-1 grid-cols-6 max-md:basis-full gap-x-6 gap-y-2 max-lg:grid-cols-3 max-md:grid-cols-2">
      <Figure label={t('Capital')}>{formatMoney(funds.capital)}</Figure>
      <Figure label={t('Available')}>{formatMoney(funds.available)}</Figure>
      <Figure label={t('Margin held')}>{formatMoney(funds.blocked)}</Figure>
      <Figure label={t('Holdings at cost')}>{formatMoney(funds.holdings_cost)}</Figure>
      <Figure label={t('Realised P&L')}>
        <Signed value={funds.realized_pnl} />
      </Figure>
      <Figure label={t('Charges')}>{formatMoney(funds.charges)}</Figure>
    </dl>
  );
}

function ResetButton({ capital }: { capital: number }) {
  const { mutate, isPending } = useResetPaper();
  const [isAsking, setIsAsking] = useState(false);
  const reset = () =>
    mutate(undefined, {
      onSuccess: () => toast.success(t('The paper account begins anew')),
      onError: (error) => toast.error(t('Nothing was reset'), { description: messageOf(error) }),
      onSettled: () => setIsAsking(false),
    });
  return (
    <>
      <Button size="sm" onClick={() => setIsAsking(true)}>
        <RotateCcw /> {t('Reset')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onConfirm={reset}
        isBusy={isPending}
        title={t('Begin the paper account anew?')}
        description={t(
          'Working paper orders and GTTs end, positions and holdings go, and the account holds {{capital}} again. Real orders are not touched.',
          { capital: formatMoney(capital) },
        )}
        confirmLabel={t('Reset the account')}
      />
    </>
  );
}

/** The paper account: its money, its curve and its days. */
export function PaperAccount() {
  const { data, error, refetch } = useQuery(paperReportQuery);
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-3 h-40" />
    );
  }
  return (
    <section aria-label={t('Paper account')} className="border-line border-b">
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <div className="flex flex-wrap items-center gap-3 border-line border-b px-3 py-2">
        <Figures funds={data.funds} />
        <ResetButton capital={data.funds.capital} />
      </div>
      {data.days.length === 0 ? (
        <p className="px-3 py-6 text-center text-muted">
          {t('Nothing has been traded on paper yet. The first order opens the account.')}
        </p>
      ) : (
        <>
          <ProfitCurve days={data.days} />
          <DayTable days={data.days} />
        </>
      )}
      {data.last_reset && (
        <p className="px-3 py-1 text-muted text-xs">
          {t('Last reset {{time}} IST, {{number}} in all.', {
            time: data.last_reset,
            number: data.reset_count,
          })}
        </p>
      )}
    </section>
  );
}
