import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { StaleNotice } from '@/components/ui/states';
import { exitsQuery, isChangeable, type PositionExit, useCancelExit } from '@/features/positions/api/exits';
import { formatPrice, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const STATES: Record<string, string> = {
  waiting: t('waiting'),
  active: t('active'),
  firing: t('firing'),
  exiting: t('exiting'),
};

function stateText({ status, reason }: PositionExit): string {
  const word = STATES[status] ?? status;
  return reason ? `${word}: ${reason}` : word;
}

function Level({ name, value }: { name: string; value: number | null }) {
  if (value === null) return null;
  return (
    <span className="whitespace-nowrap tabular-nums">
      <span className="text-muted">{name}</span> {formatPrice(value)}
    </span>
  );
}

function CancelDialog({ exit, onClose }: { exit: PositionExit; onClose: () => void }) {
  const { mutate, isPending } = useCancelExit();
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={() => mutate(exit, { onSettled: onClose })}
      isBusy={isPending}
      title={t('Withdraw the exits of {{symbol}} {{product}}?', {
        symbol: exit.symbol,
        product: exit.product,
      })}
      description={t('Nothing protects the position then. It stays open.')}
      confirmLabel={t('Withdraw exits')}
      cancelLabel={t('Keep exits')}
    />
  );
}

/** Exits that the gateway watches now; nothing when there are none. */
export function RunningExits() {
  const query = useQuery(exitsQuery);
  const [withdrawing, setWithdrawing] = useState<PositionExit | null>(null);
  if (!query.data?.length) return null;
  return (
    <section
      aria-label={t('Running exits')}
      className="max-h-[40%] shrink-0 overflow-auto border-line border-t"
    >
      <h2 className="sticky top-0 bg-panel px-3 py-1.5 font-semibold">{t('Running exits')}</h2>
      {query.error && <StaleNotice error={query.error} onRetry={() => void query.refetch()} />}
      <ul>
        {query.data.map((exit) => (
          <li
            key={exit.exit_id}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t px-3 py-1.5"
          >
            <InstrumentLabel symbol={exit.symbol} exchange={exit.exchange} />
            <span className="text-2xs text-muted">{exit.product}</span>
            <span className="tabular-nums">
              {exit.position === 'long' ? 'SELL' : 'BUY'} {formatQuantity(exit.quantity)}
            </span>
            <Level name={t('Stop')} value={exit.stoploss} />
            <Level name={t('Trail')} value={exit.trailing_stop} />
            <Level name={t('Target')} value={exit.target} />
            <span className="ml-auto text-muted">{stateText(exit)}</span>
            <Button
              size="xs"
              disabled={!isChangeable(exit)}
              aria-label={t('Withdraw exits of {{symbol}} {{product}}', {
                symbol: exit.symbol,
                product: exit.product,
              })}
              onClick={() => setWithdrawing(exit)}
            >
              {t('Withdraw')}
            </Button>
          </li>
        ))}
      </ul>
      {withdrawing && <CancelDialog exit={withdrawing} onClose={() => setWithdrawing(null)} />}
    </section>
  );
}
