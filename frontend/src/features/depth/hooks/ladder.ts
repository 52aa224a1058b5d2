import type { DepthLevel, InstrumentRef, Quote } from '@/lib/market-data/protocol';
import { type Action, isWorking, type Order } from '@/lib/orders/schema';

export type Side = 'buy' | 'sell';

/** What an order at a price would do: who takes the ask buys, who hits the bid sells. */
export const TAKES: Record<Side, Action> = { buy: 'SELL', sell: 'BUY' };

export function levelOf(quote: Quote, side: Side, at: number): DepthLevel | undefined {
  return quote[side][at];
}

/** Units on the shown levels of one side; `null` while nothing rests there. */
export function totalOf(quote: Quote, side: Side, levels: number): number | null {
  const shown = quote[side].slice(0, levels);
  return shown.length === 0 ? null : shown.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** How long a level's bar is, in hundredths of the longest of both sides. */
export function shareOf(quote: Quote, side: Side, at: number, levels: number): number {
  const own = quote[side][at]?.quantity ?? 0;
  let most = 0;
  for (const list of [quote.buy, quote.sell])
    for (let index = 0; index < Math.min(levels, list.length); index += 1)
      most = Math.max(most, list[index]?.quantity ?? 0);
  return most > 0 ? Math.round((own / most) * 100) : 0;
}

/** What is bid, in hundredths of everything that rests on the shown levels; `null` for an empty book. */
export function bidShare(quote: Quote, levels: number): number | null {
  const bids = totalOf(quote, 'buy', levels) ?? 0;
  const asks = totalOf(quote, 'sell', levels) ?? 0;
  return bids + asks > 0 ? Math.round((bids / (bids + asks)) * 100) : null;
}

/** Ask less bid, rupees; `null` while one of them is missing. */
export function spreadOf({ bid, ask }: Quote): number | null {
  return bid === null || ask === null ? null : Number((ask - bid).toFixed(8));
}

/** Own units that wait at a price. */
export interface OwnUnits {
  buy: number;
  sell: number;
  /** Some of them wait for a trigger at this price. */
  hasTrigger: boolean;
}

export function priceKey(price: number): string {
  return price.toFixed(6);
}

/** The trader's own working orders of an instrument, by the price they wait at. */
export function ownByPrice(orders: readonly Order[], ref: InstrumentRef): ReadonlyMap<string, OwnUnits> {
  const found = new Map<string, OwnUnits>();
  for (const order of orders) {
    if (order.symbol !== ref.symbol || order.exchange !== ref.exchange || !isWorking(order.order_status))
      continue;
    const isTrigger = order.order_status === 'trigger pending';
    const price = isTrigger ? order.trigger_price : order.price;
    if (!price) continue;
    const units = found.get(priceKey(price)) ?? { buy: 0, sell: 0, hasTrigger: false };
    units[order.action === 'BUY' ? 'buy' : 'sell'] += order.pending_quantity || order.quantity;
    units.hasTrigger ||= isTrigger;
    found.set(priceKey(price), units);
  }
  return found;
}
