import { infiniteQueryOptions, useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const actSchema = z.object({
  seq: z.number(),
  at_ms: z.number(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  outcome: z.string(),
  address: z.string(),
  request_id: z.string(),
  detail: z.record(z.string(), z.unknown()),
  digest: z.string(),
});
export type Act = z.output<typeof actSchema>;

const pageSchema = z.object({ rows: z.array(actSchema), before: z.number().nullable() });

const verdictSchema = z.object({
  rows: z.number(),
  anchored: z.number().nullable(),
  whole: z.boolean(),
  faults: z.array(z.object({ kind: z.string(), seq: z.number(), message: z.string() })),
});
export type Verdict = z.output<typeof verdictSchema>;

export const trailQuery = (words: string, outcome: string) =>
  infiniteQueryOptions({
    queryKey: [...queryKeys.operator, 'audit', words, outcome],
    queryFn: ({ pageParam }) =>
      api.get('/operator/audit', pageSchema, { words, outcome, before: pageParam, limit: 100 }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ rows, before }) => (rows.length < 100 ? null : before),
  });

export function useVerify() {
  return useMutation({
    mutationFn: () => api.post('/operator/audit/verification', verdictSchema),
    onError: (error) => toast.error(t('The trail was not verified'), { description: messageOf(error) }),
  });
}
