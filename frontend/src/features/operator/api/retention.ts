import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const runSchema = z.object({
  job: z.string(),
  began_at: z.string(),
  duration_ms: z.number(),
  removed: z.number().nullable(),
  error: z.string().nullable(),
});

const jobSchema = z.object({
  name: z.string(),
  store: z.string(),
  days: z.number().nullable(),
  default_days: z.number().nullable(),
  setting: z.string(),
  is_adjustable: z.boolean(),
  set_by: z.string().nullable(),
  set_at: z.string().nullable(),
  last_run: runSchema.nullable(),
  next_run: z.string().nullable(),
});
export type RetentionJob = z.output<typeof jobSchema>;

export const retentionQuery = queryOptions({
  queryKey: [...queryKeys.operator, 'retention'],
  queryFn: () => api.get('/operator/retention', z.array(jobSchema)),
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: retentionQuery.queryKey });
}

export function useSetDays() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ name, days }: { name: string; days: number }) =>
      api.put(`/operator/retention/${name}`, jobSchema, { days }),
    onSuccess: () => toast.success(t('Saved: it holds from the next run on')),
    onSettled: refresh,
  });
}

export function useRunJob() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (name: string) => api.post(`/operator/retention/${name}/run`, runSchema),
    onSuccess: ({ removed, error }) =>
      error
        ? toast.error(t('The job failed'), { description: error })
        : toast.success(
            t('{{count}} records removed', { count: removed ?? 0, one: '{{count}} record removed' }),
          ),
    onError: (error) => toast.error(t('The job did not run'), { description: messageOf(error) }),
    onSettled: refresh,
  });
}
