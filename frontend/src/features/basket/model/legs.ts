import { toDraft } from '@/components/order-form/order-values';
import type { FieldErrors } from '@/lib/api/errors';
import type { Instrument } from '@/lib/instruments/schema';
import { checkDraft, type OrderDraft, pricesOf } from '@/lib/orders/rules';
import type { BasketLeg } from '@/stores/basket';

/** Units that the leg orders. */
export function unitsOf({ lots, lotSize }: Pick<BasketLeg, 'lots' | 'lotSize'>): number {
  return lots * lotSize;
}

export function draftOf(leg: BasketLeg): OrderDraft {
  return toDraft(leg.exchange, {
    action: leg.action,
    quantity: String(unitsOf(leg)),
    pricetype: leg.pricetype,
    product: leg.product,
    price: leg.price,
    trigger_price: leg.trigger_price,
    disclosed_quantity: '',
  });
}

/** What is wrong with a leg; without its instrument (it may have expired) it cannot be sent. */
export function problemsOf(leg: BasketLeg, instrument: Instrument | null): FieldErrors {
  return checkDraft(draftOf(leg), instrument);
}

/** An order as the server takes it. */
export function orderOf(leg: BasketLeg) {
  const draft = draftOf(leg);
  return {
    symbol: leg.symbol,
    exchange: leg.exchange,
    action: leg.action,
    quantity: unitsOf(leg),
    pricetype: leg.pricetype,
    product: leg.product,
    ...pricesOf(draft),
  };
}

/** A leg of the payoff: entered at its own limit, or at the market. Half-typed prices count as none. */
export function payoffLegOf(leg: BasketLeg) {
  const { price } = pricesOf(draftOf(leg));
  return {
    symbol: leg.symbol,
    exchange: leg.exchange,
    action: leg.action,
    quantity: unitsOf(leg),
    ...(price !== undefined && price > 0 && { price }),
  };
}

/** Places in the order they leave: buys first, because bought options lower the margin of sold ones. */
export function sendingOrder<Leg extends Pick<BasketLeg, 'action'>>(legs: readonly Leg[]): Leg[] {
  return [
    ...legs.filter(({ action }) => action === 'BUY'),
    ...legs.filter(({ action }) => action === 'SELL'),
  ];
}

/** Complaints of the server about `orders.2` and its fields, by place. */
export function complaintsByLeg(fields: FieldErrors): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const [field, messages] of Object.entries(fields)) {
    const match = /^orders\.(\d+)(?:\.(.+))?$/.exec(field);
    if (!match) continue;
    const place = Number(match[1]);
    const told = messages.map((message) => (match[2] ? `${match[2]}: ${message}` : message));
    found.set(place, [...(found.get(place) ?? []), ...told]);
  }
  return found;
}

/** A leg of the margin question, which takes figures as text and 0 for none. */
export function marginLegOf(leg: BasketLeg) {
  const { price, trigger_price, quantity, ...order } = orderOf(leg) as ReturnType<typeof orderOf> & {
    price?: number;
    trigger_price?: number;
  };
  return {
    ...order,
    quantity: String(quantity),
    price: String(price ?? 0),
    trigger_price: String(trigger_price ?? 0),
  };
}
