import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { StakesBadge } from '@/components/market/stakes-badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type StrategyView, strategyQuery } from '@/features/strategies/api/get-strategies';
import { useDeleteStrategy, useSquareOff } from '@/features/strategies/api/write-strategies';
import { DeliveryLog } from '@/features/strategies/components/delivery-log';
import { MappingTable } from '@/features/strategies/components/mapping-table';
import { StateBadge, SwitchButton } from '@/features/strategies/components/state';
import { StrategyDialog } from '@/features/strategies/components/strategy-dialog';
import { WebhookPanel } from '@/features/strategies/components/webhook-panel';
import { hoursText, MODE_MEANINGS, platformName } from '@/features/strategies/model/terms';
import { useSession } from '@/lib/session/bootstrap';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

/** One strategy: its switch, what it trades, how it is reached, and what reached it. */
export function StrategyPage({ id }: { id: string }) {
  const query = useQuery(strategyQuery(id));
  const strategy = query.data;
  if (!strategy)
    return query.error ? (
      <ErrorState error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <div role="status" aria-label={t('Loading strategy')} className="grid gap-3 p-4">
        <Skeleton className="h-8" />
        <Skeleton className="h-48" />
        <Skeleton className="h-48" />
      </div>
    );
  return (
    <section aria-label={strategy.name} className="min-h-0 flex-1 overflow-auto">
      {query.error && <StaleNotice error={query.error} onRetry={() => void query.refetch()} />}
      <Header strategy={strategy} />
      <div className="grid gap-x-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <MappingTable strategy={strategy} />
        <WebhookPanel strategy={strategy} />
      </div>
      <DeliveryLog strategy={strategy} />
    </section>
  );
}

type Asked = 'edit' | 'delete' | 'squareoff' | null;

function Header({ strategy }: { strategy: StrategyView }) {
  const [asked, setAsked] = useState<Asked>(null);
  const { accounts } = useSession();
  const account = accounts.find(({ id }) => id === String(strategy.account_id));
  const close = () => setAsked(null);
  return (
    <header className="flex flex-wrap items-center gap-2 border-line border-b px-3 py-1.5">
      <Button asChild size="icon" variant="ghost" aria-label={t('All strategies')}>
        <Link to="/strategies">
          <ArrowLeft />
        </Link>
      </Button>
      <h1 className="font-semibold text-base">{strategy.name}</h1>
      <StateBadge strategy={strategy} />
      <StakesBadge />
      <p className="text-muted text-xs">
        {platformName(strategy.platform)} ·{' '}
        <span title={MODE_MEANINGS[strategy.trading_mode]}>{strategy.trading_mode}</span> ·{' '}
        {hoursText(strategy)} · {account ? account.label : t('The active account')}
      </p>
      <div className="ml-auto flex flex-wrap gap-2">
        <SwitchButton size="sm" strategy={strategy} />
        <Button size="sm" onClick={() => setAsked('squareoff')}>
          {t('Square off')}
        </Button>
        <Button size="sm" onClick={() => setAsked('edit')}>
          <Pencil /> {t('Change')}
        </Button>
        <Button size="sm" variant="ghost" onClick={() => setAsked('delete')}>
          <Trash2 /> {t('Delete')}
        </Button>
      </div>
      {asked === 'edit' && <StrategyDialog strategy={strategy} onClose={close} />}
      {asked === 'squareoff' && <SquareOffDialog strategy={strategy} onClose={close} />}
      {asked === 'delete' && <DeleteDialog strategy={strategy} onClose={close} />}
    </header>
  );
}

interface AskProps {
  strategy: StrategyView;
  onClose: () => void;
}

function SquareOffDialog({ strategy, onClose }: AskProps) {
  const { mutate, isPending } = useSquareOff();
  const { word } = useStakes();
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={() => mutate(strategy, { onSettled: onClose })}
      isBusy={isPending}
      title={t('Square off {{name}}?', { name: strategy.name })}
      description={t(
        'Closes with {{stakes}} market orders what the strategy’s own orders opened, one a second. It goes on listening: switch it off to keep it out.',
        { stakes: word },
      )}
      confirmLabel={t('Square off now')}
    />
  );
}

function DeleteDialog({ strategy, onClose }: AskProps) {
  const { mutate, isPending } = useDeleteStrategy();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={() =>
        mutate(strategy, { onSuccess: () => void navigate('/strategies'), onSettled: onClose })
      }
      isBusy={isPending}
      title={t('Delete {{name}}?', { name: strategy.name })}
      description={t(
        'Its URL is dead at once and orders that have not left are dropped. Positions stay open.',
      )}
      confirmLabel={t('Delete strategy')}
    />
  );
}
