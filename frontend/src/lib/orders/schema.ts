import { maybeNumber, maybeText } from '@/lib/numbers';
import { z } from '@/lib/schema';

export const ACTIONS = ['BUY', 'SELL'] as const;
export type Action = (typeof ACTIONS)[number];
export const PRICE_TYPES = ['MARKET', 'LIMIT', 'SL', 'SL-M'] as const;
export type PriceType = (typeof PRICE_TYPES)[number];

/** `unknown` means the request left and nobody has said what became of it; it is never shown as open. */
export const ORDER_STATUSES = [
  'open',
  'trigger pending',
  'complete',
  'cancelled',
  'rejected',
  'unknown',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export function needsPrice(type: PriceType): boolean {
  return type === 'LIMIT' || type === 'SL';
}

export function needsTrigger(type: PriceType): boolean {
  return type === 'SL' || type === 'SL-M';
}

/** Resting at the exchange: can be modified and cancelled. */
export function isWorking(status: OrderStatus): boolean {
  return status === 'open' || status === 'trigger pending';
}

export const orderAnswerSchema = z.object({ orderid: z.string() });

export const orderSchema = z.object({
  orderid: z.string(),
  symbol: z.string(),
  exchange: z.string(),
  action: z.enum(ACTIONS),
  quantity: z.number(),
  price: maybeNumber,
  trigger_price: maybeNumber,
  pricetype: z.enum(PRICE_TYPES),
  product: z.string(),
  order_status: z.enum(ORDER_STATUSES).catch('unknown'),
  average_price: maybeNumber,
  filled_quantity: maybeNumber,
  pending_quantity: maybeNumber,
  disclosed_quantity: maybeNumber,
  rejection_reason: maybeText,
  strategy: maybeText,
  timestamp: maybeText,
});
export type Order = z.output<typeof orderSchema> & {
  /** Set by this browser while its own request is on the way; the server's word replaces it. */
  pending?: 'place' | 'cancel' | 'modify';
};
