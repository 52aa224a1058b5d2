import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { nameOf, type WaitingOrder } from '@/features/approvals/api/get-waiting-orders';
import { formatPrice, formatQuantity } from '@/lib/format';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

interface LookAgainProps {
  order: WaitingOrder;
  /** What changed, in the server's words. */
  reason: string;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

export function LookAgainDialog({ order, reason, isBusy, onConfirm, onClose }: LookAgainProps) {
  const { word } = useStakes();
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={onConfirm}
      isBusy={isBusy}
      title={t('Send this {{stakes}} order all the same?', { stakes: word })}
      description={reason}
      confirmLabel={t('Approve and send')}
      cancelLabel={t('Leave it waiting')}
    >
      <p className="px-3 py-1.5 tabular-nums">
        {order.action} {formatQuantity(order.quantity)} {nameOf(order)} {order.exchange} ·{' '}
        {order.product_type} {order.price_type} {order.price === null ? '' : formatPrice(order.price)}
      </p>
    </ConfirmDialog>
  );
}
