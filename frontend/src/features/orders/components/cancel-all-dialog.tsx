import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { useCancelAllOrders } from '@/features/orders/api/cancel-all-orders';
import { limitOf, SideText, triggerOf } from '@/features/orders/components/order-columns';
import { formatPrice, formatQuantity } from '@/lib/format';
import type { Order } from '@/lib/orders/schema';
import { useStakes } from '@/lib/session/stakes';

interface CancelAllDialogProps {
  orders: readonly Order[];
  isOpen: boolean;
  onClose: () => void;
}

export function CancelAllDialog({ orders, isOpen, onClose }: CancelAllDialogProps) {
  const { mutate, isPending } = useCancelAllOrders();
  const { word } = useStakes();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={() => mutate(undefined, { onSettled: onClose })}
      isBusy={isPending}
      title={`Cancel ${orders.length} open ${word} ${orders.length === 1 ? 'order' : 'orders'}?`}
      description="Every working order of this account is withdrawn, those placed elsewhere included. What filled already stays."
      confirmLabel="Cancel all orders"
      cancelLabel="Keep orders"
    >
      <ul aria-label="Orders to cancel">
        {orders.map((order) => (
          <li
            key={order.orderid}
            className="flex gap-2 border-line border-b px-3 py-1.5 tabular-nums last:border-b-0"
          >
            <SideText action={order.action} />
            <span className="font-medium">{order.symbol}</span>
            <span className="text-2xs text-muted">{order.exchange}</span>
            <span className="ml-auto">{formatQuantity(order.pending_quantity ?? order.quantity)}</span>
            <span className="w-24 text-right">{formatPrice(limitOf(order) ?? triggerOf(order))}</span>
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
