import { infiniteQueryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const trafficSchema = z.object({
  id: z.number(),
  created_at: z.string(),
  client_ip: z.string(),
  method: z.string(),
  path: z.string(),
  route: z.string().nullable(),
  status_code: z.number(),
  duration_ms: z.number(),
  user_id: z.number().nullable(),
  request_id: z.string().nullable(),
});
export type TrafficRow = z.output<typeof trafficSchema>;

const brokerCallSchema = z.object({
  id: z.number(),
  created_at: z.string(),
  broker: z.string(),
  account_id: z.number(),
  operation: z.string(),
  outcome: z.string(),
  duration_ms: z.number(),
  request_id: z.string().nullable(),
});
export type BrokerCall = z.output<typeof brokerCallSchema>;

const apiCallSchema = z.object({
  id: z.number(),
  created_at: z.string(),
  api_type: z.string(),
  request_data: z.unknown(),
  response_data: z.unknown(),
  request_id: z.string().nullable(),
});
export type ApiCall = z.output<typeof apiCallSchema>;

const orderSampleSchema = z.object({
  id: z.number(),
  created_at: z.string(),
  order_type: z.string(),
  broker: z.string().nullable(),
  symbol: z.string().nullable(),
  order_id: z.string().nullable(),
  status: z.string(),
  receive_ms: z.number().nullable(),
  validation_ms: z.number().nullable(),
  risk_ms: z.number().nullable(),
  journal_ms: z.number().nullable(),
  send_ms: z.number().nullable(),
  rtt_ms: z.number().nullable(),
  response_ms: z.number().nullable(),
  total_ms: z.number(),
  request_id: z.string().nullable(),
});
export type OrderSample = z.output<typeof orderSampleSchema>;

const endpointSchema = z.object({
  method: z.string(),
  route: z.string().nullable(),
  count: z.number(),
  mean_ms: z.number(),
  worst_ms: z.number(),
  failed: z.number(),
  refused: z.number(),
});
export type EndpointSum = z.output<typeof endpointSchema>;

export type Filters = Readonly<Record<string, string>>;

/** Records newest first, a page after the other: the next one begins before the last row of this one. */
function pagesOf<S extends z.ZodType<{ id: number }>>(path: string, row: S, filters: Filters) {
  const page = z.object({ rows: z.array(row), before: z.number().nullable() });
  return infiniteQueryOptions({
    queryKey: [...queryKeys.operator, path, filters],
    queryFn: ({ pageParam }) => api.get(path, page, { ...filters, before: pageParam, limit: 100 }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ rows, before }) => (rows.length < 100 ? null : before),
  });
}

export const trafficQuery = (filters: Filters) => pagesOf('/operator/traffic', trafficSchema, filters);
export const brokerCallsQuery = (filters: Filters) =>
  pagesOf('/operator/broker-calls', brokerCallSchema, filters);
export const apiCallsQuery = (filters: Filters) => pagesOf('/logs/calls', apiCallSchema, filters);
export const orderSamplesQuery = (filters: Filters) =>
  pagesOf('/operator/latency/orders', orderSampleSchema, filters);

export const endpointsQuery = {
  queryKey: [...queryKeys.operator, 'endpoints'],
  queryFn: () => api.get('/operator/traffic/endpoints', z.array(endpointSchema), { hours: 24 }),
};
