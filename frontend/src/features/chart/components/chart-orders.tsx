import { Pencil } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { pricedFields } from '@/features/chart/hooks/price-marks';
import { formatPrice, formatQuantity } from '@/lib/format';
import type { Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

interface ChartOrdersProps {
  orders: readonly Order[];
  tickSize: number | null;
  onModify: (order: Order) => void;
}

/** The working orders that the chart draws, in words: what dragging does can be done here without it. */
export function ChartOrders({ orders, tickSize, onModify }: ChartOrdersProps) {
  if (orders.length === 0) return null;
  return (
    <ul
      aria-label={t('Working orders on this chart')}
      className="flex shrink-0 gap-1.5 overflow-x-auto border-line border-t px-2 py-1"
    >
      {orders.map((order) => (
        <li
          key={order.orderid}
          className="flex shrink-0 items-center gap-1.5 whitespace-nowrap rounded border border-line pl-2 text-xs tabular-nums"
        >
          <span className={order.action === 'BUY' ? 'font-medium text-buy' : 'font-medium text-sell'}>
            {order.action}
          </span>
          {formatQuantity(order.pending_quantity || order.quantity)} {order.product} {order.pricetype}
          {pricedFields(order).map(({ field, price }) => (
            <span key={field}>
              {field === 'trigger_price' ? `${t('trg')} ` : ''}
              {formatPrice(price, tickSize)}
            </span>
          ))}
          <Button
            size="iconXs"
            variant="ghost"
            disabled={order.pending !== undefined}
            aria-label={t('Modify {{symbol}} order {{orderid}}', {
              symbol: order.symbol,
              orderid: order.orderid,
            })}
            onClick={() => onModify(order)}
          >
            <Pencil />
          </Button>
        </li>
      ))}
    </ul>
  );
}
