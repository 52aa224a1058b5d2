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
      <Figure label="Capital">{formatMoney(funds.capital)}</Figure>
      <Figure label="Available">{formatMoney(funds.available)}</Figure>
      <Figure label="Margin held">{formatMoney(funds.blocked)}</Figure>
      <Figure label="Holdings at cost">{formatMoney(funds.holdings_cost)}</Figure>
      <Figure label="Realised P&L">
        <Signed value={funds.realized_pnl} />
      </Figure>
      <Figure label="Charges">{formatMoney(funds.charges)}</Figure>
    </dl>
  );
}

function ResetButton({ capital }: { capital: number }) {
  const { mutate, isPending } = useResetPaper();
  const [isAsking, setIsAsking] = useState(false);
  const reset = () =>
    mutate(undefined, {
      onSuccess: () => toast.success('The paper account begins anew'),
      onError: (error) => toast.error('Nothing was reset', { description: messageOf(error) }),
      onSettled: () => setIsAsking(false),
    });
  return (
    <>
      <Button size="sm" onClick={() => setIsAsking(true)}>
        <RotateCcw /> Reset
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onConfirm={reset}
        isBusy={isPending}
        title="Begin the paper account anew?"
        description={`Working paper orders and GTTs end, positions and holdings go, and the account holds ${formatMoney(capital)} again. Real orders are not touched.`}
        confirmLabel="Reset the account"
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
    <section aria-label="Paper account" className="border-line border-b">
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <div className="flex flex-wrap items-center gap-3 border-line border-b px-3 py-2">
        <Figures funds={data.funds} />
        <ResetButton capital={data.funds.capital} />
      </div>
      {data.days.length === 0 ? (
        <p className="px-3 py-6 text-center text-muted">
          Nothing has been traded on paper yet. The first order opens the account.
        </p>
      ) : (
        <>
          <ProfitCurve days={data.days} />
          <DayTable days={data.days} />
        </>
      )}
      {data.last_reset && (
        <p className="px-3 py-1 text-muted text-xs">
          Last reset {data.last_reset} IST, {data.reset_count} in all.
        </p>
      )}
    </section>
  );
}
