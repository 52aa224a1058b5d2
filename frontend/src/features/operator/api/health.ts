import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const stateSchema = z.enum(['pass', 'warn', 'fail', 'off', 'unknown']);
export type HealthState = z.output<typeof stateSchema>;

const componentSchema = z.object({
  name: z.string(),
  kind: z.string(),
  state: stateSchema,
  reason: z.string(),
  since: z.string(),
  figures: z.record(z.string(), z.number()),
});
export type HealthComponent = z.output<typeof componentSchema>;

const queueSchema = z.object({
  name: z.string(),
  policy: z.string(),
  size: z.number(),
  waiting: z.number(),
  lost: z.number(),
});
export type Queue = z.output<typeof queueSchema>;

const roundSchema = z.object({
  name: z.string(),
  every_seconds: z.number(),
  took_seconds: z.number().nullable(),
  ended_seconds_ago: z.number().nullable(),
  failures: z.number(),
  error: z.string(),
});
export type Round = z.output<typeof roundSchema>;

const healthSchema = z.object({
  at: z.string(),
  state: stateSchema,
  ready: z.boolean(),
  components: z.array(componentSchema),
  figures: z.record(z.string(), z.number()),
  queues: z.array(queueSchema),
  rounds: z.array(roundSchema),
});
export type Health = z.output<typeof healthSchema>;

/** A sample; a figure that the machine did not tell is missing. */
const sampleSchema = z.looseObject({ at: z.number(), state: z.string() });
export type Sample = z.output<typeof sampleSchema>;

const alarmSchema = z.object({
  id: z.number(),
  component: z.string(),
  state: stateSchema,
  reason: z.string(),
  opened_at: z.string(),
  closed_at: z.string().nullable(),
  acknowledged_at: z.string().nullable(),
  acknowledged_by: z.string().nullable(),
});
export type Alarm = z.output<typeof alarmSchema>;

const EVERY_MS = 10_000;

export const healthQuery = queryOptions({
  queryKey: [...queryKeys.operator, 'health'],
  queryFn: () => api.get('/operator/health', healthSchema),
  refetchInterval: EVERY_MS,
});

export const historyQuery = (hours: number) =>
  queryOptions({
    queryKey: [...queryKeys.operator, 'health', 'history', hours],
    queryFn: () => api.get('/operator/health/history', z.array(sampleSchema), { hours }),
    refetchInterval: 6 * EVERY_MS,
  });

export const alarmsQuery = queryOptions({
  queryKey: [...queryKeys.operator, 'health', 'alarms'],
  queryFn: () => api.get('/operator/health/alarms', z.array(alarmSchema)),
  refetchInterval: 3 * EVERY_MS,
});

export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => api.post(`/operator/health/alarms/${id}/acknowledge`, alarmSchema),
    onError: (error) => toast.error(t('The alarm is not acknowledged'), { description: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: alarmsQuery.queryKey }),
  });
}
