import { OctagonX } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { useSwitch } from '@/features/risk/api/change-risk';
import type { RiskScope } from '@/features/risk/api/get-risk';
import { t } from '@/messages/words';

/** Stops every new order of a scope at once; exits and cancels always pass. */
export function KillSwitch({ scope }: { scope: RiskScope }) {
  const move = useSwitch(scope);
  const [isAsking, setIsAsking] = useState(false);
  const [reason, setReason] = useState('');
  const { engaged } = scope;
  const confirm = () =>
    move.mutate(
      { engaged: !engaged, reason: reason.trim() },
      {
        onSuccess: () => {
          setIsAsking(false);
          setReason('');
        },
      },
    );
  return (
    <section aria-label={t('Kill switch')} className="flex flex-wrap items-center gap-2">
      <Badge tone={engaged ? 'bad' : 'good'}>
        {engaged ? t('New orders stopped') : t('New orders pass')}
      </Badge>
      {engaged && <span className="text-muted">{scope.reason}</span>}
      <Button
        size="sm"
        variant={engaged ? 'outline' : 'danger'}
        disabled={!scope.may_change}
        onClick={() => setIsAsking(true)}
      >
        {engaged ? (
          t('Let new orders through')
        ) : (
          <>
            <OctagonX /> {t('Stop new orders')}
          </>
        )}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onConfirm={confirm}
        isBusy={move.isPending}
        title={
          engaged
            ? t('Let new orders through: {{scope}}?', { scope: scope.label })
            : t('Stop new orders: {{scope}}?', { scope: scope.label })
        }
        description={
          engaged
            ? t('Orders are taken again as soon as you confirm.')
            : t(
                'Every new order is refused until you release the switch, also after a restart. Orders that reduce a position, and cancels, still pass. Working orders stay in the market.',
              )
        }
        confirmLabel={engaged ? t('Let through') : t('Stop new orders')}
        cancelLabel={t('Leave it as it is')}
      >
        {!engaged && (
          <Field label={t('Reason, for the record')} className="p-3">
            {(control) => (
              <Input
                {...control}
                value={reason}
                maxLength={255}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
        )}
      </ConfirmDialog>
    </section>
  );
}
