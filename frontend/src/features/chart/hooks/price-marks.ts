import { formatQuantity } from '@/lib/format';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { PriceLine } from '@/lib/orders/price-lines';
import { roundToTick } from '@/lib/orders/rules';
import { isWorking, needsPrice, needsTrigger, type Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

export type PriceField = 'price' | 'trigger_price';

/** An open position as the chart draws it. */
export interface HeldPosition extends InstrumentRef {
  product: string;
  quantity: number;
  average_price: number | null;
}

/** A line across the chart at a price that means something to the trader. */
export interface PriceMark {
  id: string;
  price: number;
  title: string;
  tone: 'buy' | 'sell';
  kind: 'order' | 'position' | 'other';
  /** What the drag of this line would change: a price of an order, or another line; absent for what cannot be dragged. */
  drag?: { orderid: string; field: PriceField } | { line: PriceLine };
}

/** A price that was dragged and is not yet confirmed. */
export interface Proposal {
  order: Order;
  field: PriceField;
  price: number;
}

const isOf = (one: InstrumentRef, ref: InstrumentRef) =>
  one.symbol === ref.symbol && one.exchange === ref.exchange;

/** Orders of the instrument that rest at the exchange. */
export function workingOrders(orders: readonly Order[], ref: InstrumentRef): Order[] {
  return orders.filter((order) => isOf(order, ref) && isWorking(order.order_status));
}

/** The prices of an order that can be moved, as its type has them. */
export function pricedFields(order: Order): { field: PriceField; price: number }[] {
  const fields: { field: PriceField; price: number | null }[] = [
    { field: 'price', price: needsPrice(order.pricetype) ? order.price : null },
    { field: 'trigger_price', price: needsTrigger(order.pricetype) ? order.trigger_price : null },
  ];
  return fields.filter((one): one is { field: PriceField; price: number } => Boolean(one.price));
}

function orderMarks(order: Order, proposal: Proposal | null): PriceMark[] {
  const words = `${order.action} ${formatQuantity(order.pending_quantity || order.quantity)}`;
  return pricedFields(order).map(({ field, price }) => {
    const isProposed = proposal?.order.orderid === order.orderid && proposal.field === field;
    const name =
      field === 'trigger_price'
        ? t('{{pricetype}} trigger', { pricetype: order.pricetype })
        : order.pricetype;
    return {
      id: `${order.orderid}:${field}`,
      price: isProposed ? proposal.price : price,
      title: `${words} ${name}${order.pending || isProposed ? '…' : ''}`,
      tone: order.action === 'BUY' ? 'buy' : 'sell',
      kind: 'order',
      // A change that is on its way must come back before another is made of it.
      ...(!order.pending && { drag: { orderid: order.orderid, field } }),
    };
  });
}

/** Every line of one instrument, from the books as they stand. */
export function marksOf(
  ref: InstrumentRef,
  orders: readonly Order[],
  positions: readonly HeldPosition[],
  proposal: Proposal | null,
  lines: readonly PriceLine[] = [],
): PriceMark[] {
  const held = positions.filter((one) => isOf(one, ref) && one.quantity !== 0 && one.average_price);
  return [
    ...held.map(
      (one): PriceMark => ({
        id: `position:${one.product}`,
        price: one.average_price ?? 0,
        title: `${one.quantity > 0 ? '+' : ''}${formatQuantity(one.quantity)} ${one.product}`,
        tone: one.quantity > 0 ? 'buy' : 'sell',
        kind: 'position',
      }),
    ),
    ...workingOrders(orders, ref).flatMap((order) => orderMarks(order, proposal)),
    ...lines
      .filter((line) => isOf(line, ref))
      .map(
        (line): PriceMark => ({
          id: line.id,
          price: line.price,
          title: line.title,
          tone: line.tone,
          kind: 'other',
          ...(line.canMove && { drag: { line } }),
        }),
      ),
  ];
}

/** The draggable line under the pointer: the nearest within `reach` pixels. */
export function markAt(
  marks: readonly PriceMark[],
  y: number,
  toY: (price: number) => number | null,
  reach = 6,
): PriceMark | null {
  let found: PriceMark | null = null;
  let distance = reach;
  for (const mark of marks) {
    const height = mark.drag ? toY(mark.price) : null;
    if (height === null || Math.abs(height - y) > distance) continue;
    distance = Math.abs(height - y);
    found = mark;
  }
  return found;
}

/** The price a line was dropped at, on the tick; `null` where no order may stand. */
export function droppedPrice(price: number | null, tickSize: number | null): number | null {
  if (price === null || !Number.isFinite(price)) return null;
  const onTick = Number(roundToTick(price, tickSize));
  return onTick > 0 ? onTick : null;
}
