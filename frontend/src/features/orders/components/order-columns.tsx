import { History, Pencil, RotateCcw, X } from 'lucide-react';
import type { Column } from '@/components/data-table/types';
import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Ltp } from '@/components/market/live';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { formatBookTime, formatPrice, formatQuantity } from '@/lib/format';
import { isWorking, needsPrice, needsTrigger, type Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';
import { openTicket } from '@/stores/ticket';

const STATUS_WORDS: Record<string, string> = {
  open: t('open'),
  'trigger pending': t('trigger pending'),
  complete: t('complete'),
  cancelled: t('cancelled'),
  rejected: t('rejected'),
  unknown: t('outcome unknown'),
};

const STATUS_TONES: Record<Order['order_status'], Tone> = {
  open: 'warn',
  'trigger pending': 'warn',
  complete: 'good',
  cancelled: 'neutral',
  rejected: 'bad',
  unknown: 'bad',
};

/** A state of an order as it is read; one that this page does not know keeps the server's word. */
export const statusWord = (status: string) => STATUS_WORDS[status] ?? status;

const PENDING_WORDS: Record<NonNullable<Order['pending']>, string> = {
  place: t('sending…'),
  cancel: t('cancelling…'),
  modify: t('modifying…'),
};

export function OrderStatusBadge({ order }: { order: Order }) {
  if (order.pending) return <Badge tone="warn">{PENDING_WORDS[order.pending]}</Badge>;
  return (
    <Badge tone={STATUS_TONES[order.order_status]} title={order.rejection_reason ?? undefined}>
      {statusWord(order.order_status)}
    </Badge>
  );
}

export function SideText({ action }: Pick<Order, 'action'>) {
  return (
    <span className={action === 'BUY' ? 'font-medium text-buy' : 'font-medium text-sell'}>{action}</span>
  );
}

/** Why an order was rejected stands beside its symbol, not behind a click. */
function SymbolCell({ order }: { order: Order }) {
  return (
    <>
      <InstrumentLabel {...order} />
      {order.rejection_reason && (
        <span className="ml-2 text-down text-xs" title={order.rejection_reason}>
          {order.rejection_reason}
        </span>
      )}
    </>
  );
}

export interface OrderActions {
  onCancel: (order: Order) => void;
  onModify: (order: Order) => void;
  onStory: (order: Order) => void;
}

export function StoryButton({ order, onStory }: Pick<OrderActions, 'onStory'> & { order: Order }) {
  return (
    <Button
      size="iconXs"
      aria-label={t('Time line of {{symbol}} order {{orderid}}', {
        symbol: order.symbol,
        orderid: order.orderid,
      })}
      onClick={() => onStory(order)}
    >
      <History />
    </Button>
  );
}

/** The ticket with the order's own terms in it; nothing is sent before it is submitted. */
export function RepeatButton({ order }: { order: Order }) {
  const { symbol, exchange, action, quantity, product, pricetype } = order;
  const price = limitOf(order);
  return (
    <Button
      size="iconXs"
      aria-label={t('Repeat {{symbol}} order {{orderid}}', { symbol, orderid: order.orderid })}
      onClick={() =>
        openTicket({
          symbol,
          exchange,
          action,
          quantity,
          product,
          pricetype,
          ...(price !== null && { price }),
        })
      }
    >
      <RotateCcw />
    </Button>
  );
}

export function OrderButtons({ order, onCancel, onModify, onStory }: OrderActions & { order: Order }) {
  // Nobody has given it a number yet: there is nothing to ask about it.
  if (order.pending === 'place') return null;
  const always = (
    <>
      <ChartLink of={order} />
      <StoryButton order={order} onStory={onStory} />
    </>
  );
  if (!isWorking(order.order_status)) {
    return (
      <span className="inline-flex gap-1">
        {always}
        <RepeatButton order={order} />
      </span>
    );
  }
  const isBusy = order.pending !== undefined;
  return (
    <span className="inline-flex gap-1">
      {always}
      <Button
        size="iconXs"
        disabled={isBusy}
        aria-label={t('Modify {{symbol}} order {{orderid}}', {
          symbol: order.symbol,
          orderid: order.orderid,
        })}
        onClick={() => onModify(order)}
      >
        <Pencil />
      </Button>
      <Button
        size="iconXs"
        disabled={isBusy}
        aria-label={t('Cancel {{symbol}} order {{orderid}}', {
          symbol: order.symbol,
          orderid: order.orderid,
        })}
        onClick={() => onCancel(order)}
      >
        <X />
      </Button>
    </span>
  );
}

/** A market order has no price of its own; 0 on the wire means just that. */
export function limitOf(order: Order): number | null {
  return needsPrice(order.pricetype) ? order.price : null;
}

export function triggerOf(order: Order): number | null {
  return needsTrigger(order.pricetype) ? order.trigger_price : null;
}

export function averageOf(order: Order): number | null {
  return order.filled_quantity ? order.average_price : null;
}

export function orderColumns(actions: OrderActions): Column<Order>[] {
  return [
    {
      id: 'timestamp',
      title: t('Time'),
      width: 72,
      value: (o) => o.timestamp,
      cell: (o) => formatBookTime(o.timestamp),
    },
    {
      id: 'action',
      title: t('Side'),
      width: 46,
      value: (o) => o.action,
      cell: (o) => <SideText action={o.action} />,
    },
    {
      id: 'symbol',
      title: t('Symbol'),
      isStretched: true,
      value: (o) => o.symbol,
      cell: (o) => <SymbolCell order={o} />,
    },
    {
      id: 'product',
      title: t('Product, type'),
      width: 100,
      value: (o) => `${o.product} ${o.pricetype}`,
      cell: (o) => `${o.product} ${o.pricetype}`,
    },
    {
      id: 'quantity',
      title: t('Filled / Qty'),
      width: 80,
      align: 'right',
      value: (o) => o.quantity,
      cell: (o) =>
        `${o.filled_quantity === null ? '' : `${formatQuantity(o.filled_quantity)} / `}${formatQuantity(o.quantity)}`,
    },
    {
      id: 'price',
      title: t('Price'),
      width: 80,
      align: 'right',
      value: limitOf,
      cell: (o) => formatPrice(limitOf(o)),
    },
    {
      id: 'trigger_price',
      title: t('Trigger'),
      width: 80,
      align: 'right',
      value: triggerOf,
      cell: (o) => formatPrice(triggerOf(o)),
    },
    {
      id: 'average_price',
      title: t('Average'),
      width: 82,
      align: 'right',
      value: averageOf,
      cell: (o) => formatPrice(averageOf(o)),
    },
    { id: 'ltp', title: 'LTP', width: 80, align: 'right', cell: (o) => <Ltp of={o} /> },
    {
      id: 'order_status',
      title: t('Status'),
      width: 104,
      value: (o) => o.order_status,
      cell: (o) => <OrderStatusBadge order={o} />,
    },
    {
      id: 'disclosed_quantity',
      title: t('Disclosed'),
      width: 84,
      align: 'right',
      isOptional: true,
      value: (o) => o.disclosed_quantity || null,
      cell: (o) => formatQuantity(o.disclosed_quantity || null),
    },
    {
      id: 'strategy',
      title: t('Strategy'),
      width: 92,
      isRoomy: true,
      value: (o) => o.strategy,
      cell: (o) => <span className="text-muted">{o.strategy}</span>,
    },
    {
      id: 'orderid',
      title: t('Order ID'),
      width: 136,
      isRoomy: true,
      value: (o) => o.orderid,
      cell: (o) => <span className="text-muted tabular-nums">{o.pending === 'place' ? '–' : o.orderid}</span>,
    },
    {
      id: 'actions',
      title: '',
      width: 128,
      align: 'right',
      cell: (o) => <OrderButtons order={o} {...actions} />,
    },
  ];
}
