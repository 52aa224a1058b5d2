import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { ACTIONS } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { bookRefreshInterval } from '@/stores/connection';

export const SCOPES = ['active', 'all'] as const;
export type Scope = (typeof SCOPES)[number];

const legSchema = z.object({
  action: z.enum(ACTIONS),
  quantity: z.number(),
  price: maybeNumber,
  pricetype: z.string(),
  product: z.string(),
});

const gttSchema = z.object({
  trigger_id: z.string(),
  trigger_type: z.enum(['single', 'two-leg']),
  status: z.string(),
  symbol: z.string(),
  exchange: z.string(),
  trigger_prices: z.array(z.number()),
  last_price: maybeNumber,
  legs: z.array(legSchema).min(1),
  strategy: maybeText,
  created_at: maybeText,
  expires_at: maybeText,
  margin_blocked: maybeNumber,
  held_by: z.enum(['gateway', 'broker']),
  triggered_order_id: maybeText,
  reason: maybeText,
});
export type Gtt = z.output<typeof gttSchema>;

export function gttsQuery(scope: Scope) {
  return queryOptions({
    queryKey: [...queryKeys.gtts, scope],
    queryFn: () => api.get('/gtts', z.array(gttSchema), { status: scope }),
    staleTime: 5_000,
    refetchInterval: bookRefreshInterval,
  });
}

/** Only an active one can be changed or withdrawn; one that fires now has left the trader's hands. */
export function isActive(gtt: Gtt): boolean {
  return gtt.status === 'active';
}
