import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { StrategyView } from '@/features/strategies/api/get-strategies';
import { useRequireSignatures, useWaiveSignatures } from '@/features/strategies/api/write-strategies';
import { ShownOnce } from '@/features/strategies/components/webhook-url';
import { t } from '@/messages/words';

/** Programs can sign their messages; charting services cannot, so it is off until it is asked for. */
export function Signing({ strategy }: { strategy: StrategyView }) {
  const require = useRequireSignatures();
  const waive = useWaiveSignatures();
  const { is_signed: isSigned } = strategy;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2 text-xs">
      <Badge tone={isSigned ? 'good' : 'neutral'}>
        {isSigned ? t('signed messages only') : t('takes unsigned messages')}
      </Badge>
      <Button size="xs" isBusy={require.isPending} onClick={() => require.mutate(strategy)}>
        {isSigned ? t('New signing secret') : t('Require signatures')}
      </Button>
      {isSigned && (
        <Button size="xs" isBusy={waive.isPending} onClick={() => waive.mutate(strategy)}>
          {t('Take unsigned again')}
        </Button>
      )}
      {require.data && (
        <Dialog isOpen onClose={require.reset} title={strategy.name}>
          <ShownOnce
            label={t('Signing secret')}
            lead={t(
              'From now on every message needs a signature made with this secret. It is shown only now; a new one ends it.',
            )}
            warning={t('TradingView and Chartink cannot sign: their alerts are refused now.')}
            secret={require.data.signing_secret}
            onDone={require.reset}
          />
        </Dialog>
      )}
    </div>
  );
}
