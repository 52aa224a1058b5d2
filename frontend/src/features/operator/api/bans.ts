import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const banSchema = z.object({
  address: z.string(),
  reason: z.string(),
  note: z.string(),
  times: z.number(),
  banned_at: z.string(),
  until: z.string().nullable(),
});
export type Ban = z.output<typeof banSchema>;

const watchSchema = z.object({
  address: z.string(),
  kind: z.string(),
  count: z.number(),
  seen: z.array(z.string()),
  first_at: z.string(),
  last_at: z.string(),
});
export type Watched = z.output<typeof watchSchema>;

const rulesSchema = z.object({
  auto_ban: z.boolean(),
  not_found_threshold: z.number(),
  not_found_hours: z.number(),
  wrong_key_threshold: z.number(),
  wrong_key_hours: z.number(),
  repeat_limit: z.number(),
});
export type BanRules = z.output<typeof rulesSchema>;

const viewSchema = z.object({
  rules: rulesSchema,
  bans: z.array(banSchema),
  watched: z.record(z.string(), z.array(watchSchema)),
});

const ROOT = '/security/bans';

export const bansQuery = queryOptions({
  queryKey: [...queryKeys.operator, 'bans'],
  queryFn: () => api.get(ROOT, viewSchema),
  refetchInterval: 30_000,
});

function useChange<V>(change: (values: V) => Promise<z.output<typeof viewSchema>>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (view) => client.setQueryData(bansQuery.queryKey, view),
  });
}

export const useBan = () =>
  useChange((form: { address: string; hours: number; note: string }) => api.post(ROOT, viewSchema, form));
export const useLift = () =>
  useChange((address: string) => api.post(`${ROOT}/lift`, viewSchema, { address }));
export const useBanRules = () => useChange((rules: BanRules) => api.put(`${ROOT}/rules`, viewSchema, rules));
