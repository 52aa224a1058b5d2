import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const figures = {
  count: z.number(),
  failed: z.number(),
  mean: z.number().nullable(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p99: z.number().nullable(),
  worst: z.number().nullable(),
};

const rowSchema = z.object({
  kind: z.enum(['request', 'broker', 'order']),
  name: z.string(),
  broker: z.string(),
  stage: z.string(),
  ...figures,
});
export type LatencyRow = z.output<typeof rowSchema>;
export type LatencyKey = Pick<LatencyRow, 'kind' | 'name' | 'broker' | 'stage'>;

const pointSchema = z.object({ at: z.number(), ...figures });
export type LatencyPoint = z.output<typeof pointSchema>;

const seriesSchema = z.object({
  points: z.array(pointSchema),
  spread: z.array(z.object({ over_ms: z.number(), up_to_ms: z.number().nullable(), count: z.number() })),
});
export type LatencySeries = z.output<typeof seriesSchema>;

export const latencyQuery = (minutes: string) =>
  queryOptions({
    queryKey: [...queryKeys.operator, 'latency', minutes],
    queryFn: () => api.get('/operator/latency', z.object({ rows: z.array(rowSchema) }), { minutes }),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });

export const seriesQuery = ({ kind, name, broker, stage }: LatencyKey) =>
  queryOptions({
    queryKey: [...queryKeys.operator, 'latency', 'series', kind, name, broker, stage],
    queryFn: () => api.get('/operator/latency/series', seriesSchema, { kind, name, broker, stage }),
    refetchInterval: 30_000,
  });
