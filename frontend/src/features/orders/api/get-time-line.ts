import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const stepSchema = z.looseObject({
  at: z.string(),
  at_ms: z.number(),
  stage: z.string(),
  rule: maybeText,
  passed: z.boolean().optional(),
  value: z.union([z.string(), z.number()]).nullish(),
  limit: z.union([z.string(), z.number()]).nullish(),
  source: maybeText,
  status: maybeText,
  code: maybeText,
  message: maybeText,
  desk: maybeText,
  mode: maybeText,
  operation: maybeText,
  outcome: maybeText,
  quantity: maybeNumber,
  price: maybeNumber,
  filled_quantity: maybeNumber,
  rejection_reason: maybeText,
  from: maybeText,
});
export type Step = z.output<typeof stepSchema>;

const timeLineSchema = z.object({
  orderid: maybeText,
  tag: maybeText,
  request_ids: z.array(z.string()),
  events: z.array(stepSchema),
});

export function timeLineQuery(orderid: string) {
  return queryOptions({
    queryKey: [...queryKeys.timeLine, orderid],
    queryFn: () => api.get('/order-timeline', timeLineSchema, { orderid }),
    staleTime: 1_000,
    refetchInterval: 5_000,
  });
}
