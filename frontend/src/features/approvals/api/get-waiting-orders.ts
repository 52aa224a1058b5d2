import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';
import { bookRefreshInterval } from '@/stores/connection';

export const STATUSES = ['pending', 'approved', 'rejected', 'expired', 'all'] as const;
export type Status = (typeof STATUSES)[number];

const waitingOrderSchema = z.object({
  id: z.number(),
  api_type: z.string(),
  status: z.string(),
  strategy: maybeText,
  symbol: maybeText,
  underlying: maybeText,
  exchange: maybeText,
  action: maybeText,
  quantity: maybeNumber,
  price: maybeNumber,
  trigger_price: maybeNumber,
  price_type: maybeText,
  product_type: maybeText,
  legs: z.array(z.unknown()).nullish(),
  created_at_ist: z.string(),
  expires_at_ist: z.string(),
  created_ms: maybeNumber,
  expires_ms: maybeNumber,
  rejected_reason: maybeText,
  needs_confirmation: z.boolean(),
  confirm_reason: maybeText,
  prices: z.record(z.string(), maybeNumber),
  outcome: maybeText,
  message: maybeText,
  broker_order_id: maybeText,
  broker_status: maybeText,
  request_id: z.string(),
});
export type WaitingOrder = z.output<typeof waitingOrderSchema>;

const answerSchema = z.object({
  orders: z.array(waitingOrderSchema),
  statistics: z.record(z.string(), z.number()),
});

export const waitingOrderAnswer = waitingOrderSchema;

export function waitingOrdersQuery(status: Status) {
  return queryOptions({
    queryKey: [...queryKeys.approvals, status],
    queryFn: () => api.get('/action-center', answerSchema, { status }),
    staleTime: 2_000,
    refetchInterval: bookRefreshInterval,
  });
}

/** What the order is about, whatever its kind. */
export function nameOf(order: WaitingOrder): string {
  const name = order.symbol ?? order.underlying;
  if (name) return name;
  return order.legs
    ? t('{{count}} orders', { count: order.legs.length, one: '{{count}} order' })
    : order.api_type;
}
