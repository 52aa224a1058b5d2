import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const saysSchema = z.record(z.string(), z.unknown()).nullable();

const driftSchema = z.object({
  kind: z.string(),
  exchange: z.string(),
  symbol: z.string(),
  product: maybeText,
  orderid: maybeText,
  tag: maybeText,
  broker_says: saysSchema,
  we_say: saysSchema,
  explained_by: z.string(),
  explained: z.boolean(),
});
export type Drift = z.output<typeof driftSchema>;

const reportSchema = z.object({
  at: z.string(),
  broker: z.string(),
  count: z.number(),
  unexplained: z.number(),
  unread: z.record(z.string(), z.string()),
  rows: z.array(driftSchema),
});

/** Each report reads three books of the broker, so it is made when asked for and not after every order. */
export const driftQuery = queryOptions({
  queryKey: queryKeys.drift,
  queryFn: () => api.get('/drift', reportSchema),
  staleTime: 30_000,
  refetchInterval: 60_000,
});
