import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

export const mappingSchema = z.object({
  id: z.number(),
  symbol: z.string(),
  exchange: z.string(),
  /** Units. */
  quantity: z.number(),
  product_type: z.string(),
});
export type Mapping = z.output<typeof mappingSchema>;

export const strategySchema = z.object({
  id: z.number(),
  name: z.string(),
  platform: z.string(),
  /** The account it trades for; null is whichever is active. */
  account_id: z.number().nullable(),
  trading_mode: z.string(),
  is_intraday: z.boolean(),
  start_time: maybeText,
  end_time: maybeText,
  squareoff_time: maybeText,
  is_active: z.boolean(),
  mapping_count: z.number(),
  /** It takes signed messages only. */
  is_signed: z.boolean().nullish().transform(Boolean),
  created_at: maybeText,
  updated_at: maybeText,
});
export type Strategy = z.output<typeof strategySchema>;

export const strategyViewSchema = strategySchema.extend({ mappings: z.array(mappingSchema) });
export type StrategyView = z.output<typeof strategyViewSchema>;

const deliverySchema = z.object({
  id: z.number(),
  received_at: z.string(),
  source_address: maybeText,
  payload: z.string(),
  body: z.unknown(),
  result: z.string(),
  http_status: z.number(),
  message: maybeText,
  outcome: maybeText,
  orders: z.array(
    z.object({
      exchange: z.string(),
      symbol: z.string(),
      mode: z.string(),
      side: maybeText,
      quantity: maybeNumber,
      position_size: maybeNumber,
      product: maybeText,
      outcome: maybeText,
      order_id: maybeText,
      message: maybeText,
    }),
  ),
});
export type Delivery = z.output<typeof deliverySchema>;
export type DeliveredOrder = Delivery['orders'][number];

const termsSchema = z.object({ platforms: z.array(z.string()), trading_modes: z.array(z.string()) });

export const strategiesQuery = queryOptions({
  queryKey: [...queryKeys.strategies, 'list'],
  queryFn: () => api.get('/strategies', z.array(strategySchema)),
});

/** What a strategy may be, as the server takes it. */
export const termsQuery = queryOptions({
  queryKey: [...queryKeys.strategies, 'terms'],
  queryFn: () => api.get('/strategies/terms', termsSchema),
  staleTime: Number.POSITIVE_INFINITY,
});

export function strategyQuery(id: string) {
  return queryOptions({
    queryKey: [...queryKeys.strategies, id],
    queryFn: () => api.get(`/strategies/${encodeURIComponent(id)}`, strategyViewSchema),
  });
}

const PAGE = 50;

/** What reached the webhook, newest first. */
export function deliveriesQuery(id: number) {
  return infiniteQueryOptions({
    queryKey: [...queryKeys.strategies, String(id), 'deliveries'],
    queryFn: ({ pageParam }) =>
      api.get(`/strategies/${id}/deliveries`, z.array(deliverySchema), { limit: PAGE, before: pageParam }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.length < PAGE ? null : (page.at(-1)?.id ?? null)),
  });
}
