import { BulkDialog } from '@/components/bulk/bulk-dialog';
import { useCancelOrders } from '@/features/orders/api/cancel-all-orders';
import { limitOf, SideText, triggerOf } from '@/features/orders/components/order-columns';
import { formatPrice, formatQuantity } from '@/lib/format';
import type { Order } from '@/lib/orders/schema';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

function OrderLine({ order }: { order: Order }) {
  return (
    <>
      <SideText action={order.action} />
      <span className="font-medium">{order.symbol}</span>
      <span className="text-2xs text-muted">{order.exchange}</span>
      <span className="ml-auto">{formatQuantity(order.pending_quantity ?? order.quantity)}</span>
      <span className="w-24 text-right">{formatPrice(limitOf(order) ?? triggerOf(order))}</span>
    </>
  );
}

interface CancelOrdersDialogProps {
  orders: readonly Order[];
  /** Every working order of the account, those included that are not on this list. */
  isAll: boolean;
  onClose: () => void;
}

export function CancelOrdersDialog({ orders, isAll, onClose }: CancelOrdersDialogProps) {
  const cancel = useCancelOrders();
  const { word } = useStakes();
  const count = orders.length;
  return (
    <BulkDialog
      title={t('Cancel {{count}} open {{stakes}} orders?', {
        count,
        stakes: word,
        one: 'Cancel {{count}} open {{stakes}} order?',
      })}
      description={
        isAll
          ? t(
              'Every working order of this account is withdrawn, those placed elsewhere included. What filled already stays.',
            )
          : t('These orders are withdrawn, no others. What filled already stays.')
      }
      confirmLabel={isAll ? t('Cancel all orders') : t('Cancel these orders')}
      cancelLabel={t('Keep orders')}
      listName={t('Orders to cancel')}
      rows={orders}
      rowKey={(order) => order.orderid}
      line={(order) => <OrderLine order={order} />}
      run={(rows) => cancel(rows, isAll)}
      onClose={onClose}
    />
  );
}
