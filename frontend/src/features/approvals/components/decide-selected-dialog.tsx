import { BulkDialog, type Outcome } from '@/components/bulk/bulk-dialog';
import { useDecideEach } from '@/features/approvals/api/decide-each';
import { nameOf, type WaitingOrder } from '@/features/approvals/api/get-waiting-orders';
import { SideWord } from '@/features/approvals/components/waiting-columns';
import { formatQuantity } from '@/lib/format';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

export type Decision = 'approve' | 'reject';

interface DecideSelectedDialogProps {
  decision: Decision;
  orders: readonly WaitingOrder[];
  onClose: () => void;
}

/** Decides the marked orders one after the other, and says of each what became of it. */
export function DecideSelectedDialog({ decision, orders, onClose }: DecideSelectedDialogProps) {
  const decide = useDecideEach();
  const { word } = useStakes();
  const isApproval = decision === 'approve';
  const count = orders.length;
  return (
    <BulkDialog
      title={
        isApproval
          ? t('Approve {{count}} waiting {{stakes}} orders?', {
              count,
              stakes: word,
              one: 'Approve {{count}} waiting {{stakes}} order?',
            })
          : t('Reject {{count}} waiting {{stakes}} orders?', {
              count,
              stakes: word,
              one: 'Reject {{count}} waiting {{stakes}} order?',
            })
      }
      description={
        isApproval
          ? t(
              'Each is checked again and sent now. One whose price moved or that is old stays waiting and says so.',
            )
          : t('None of them will be sent.')
      }
      confirmLabel={isApproval ? t('Approve and send') : t('Reject')}
      cancelLabel={t('Leave them waiting')}
      listName={t('Orders to decide')}
      rows={orders}
      rowKey={(order) => String(order.id)}
      line={(order) => (
        <>
          <SideWord action={order.action} />
          <span className="font-medium">{nameOf(order)}</span>
          <span className="text-2xs text-muted">
            {order.exchange} {order.product_type} {order.price_type}
          </span>
          <span className="ml-auto">{formatQuantity(order.quantity)}</span>
        </>
      )}
      run={(rows): Promise<Map<string, Outcome>> => decide(rows, decision)}
      onClose={onClose}
    />
  );
}
