import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Ltp } from '@/components/market/live';
import { Button } from '@/components/ui/button';
import {
  averageOf,
  limitOf,
  type OrderActions,
  OrderStatusBadge,
  SideText,
  StoryButton,
  triggerOf,
} from '@/features/orders/components/order-columns';
import { formatBookTime, formatPrice, formatQuantity } from '@/lib/format';
import { isWorking, type Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

function priceText(order: Order): string {
  const average = averageOf(order);
  if (average !== null) return t('avg {{average}}', { average: formatPrice(average) });
  const parts = [limitOf(order), triggerOf(order)]
    .filter((price) => price !== null)
    .map((price) => formatPrice(price));
  return parts.length > 0 ? parts.join(' / trg ') : 'MARKET';
}

export function OrderCard({ order, onCancel, onModify, onStory }: OrderActions & { order: Order }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <SideText action={order.action} />
        <InstrumentLabel {...order} />
        <span className="ml-auto">
          <OrderStatusBadge order={order} />
        </span>
      </div>
      <div className="flex items-center gap-3 text-muted text-xs tabular-nums">
        <span>
          {formatQuantity(order.filled_quantity)} / {formatQuantity(order.quantity)} {order.product}{' '}
          {order.pricetype}
        </span>
        <span className="ml-auto text-text">{priceText(order)}</span>
      </div>
      {order.rejection_reason && <p className="text-down text-xs">{order.rejection_reason}</p>}
      <div className="flex items-center gap-2 text-muted text-xs">
        <span className="tabular-nums">{formatBookTime(order.timestamp)}</span>
        <span>
          LTP <Ltp of={order} className="text-text" />
        </span>
        <span className="ml-auto inline-flex items-center gap-2">
          <ChartLink of={order} />
          <StoryButton order={order} onStory={onStory} />
          {isWorking(order.order_status) && (
            <>
              <Button size="sm" disabled={order.pending !== undefined} onClick={() => onModify(order)}>
                {t('Modify')}
              </Button>
              <Button size="sm" disabled={order.pending !== undefined} onClick={() => onCancel(order)}>
                {t('Cancel')}
              </Button>
            </>
          )}
        </span>
      </div>
    </div>
  );
}
