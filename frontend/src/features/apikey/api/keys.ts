import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { limitFieldSchema } from '@/components/limits/limits';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

export const SCOPES = ['trade', 'paper', 'read', 'data'] as const;
export type Scope = (typeof SCOPES)[number];

const keySchema = z.object({
  id: z.number(),
  name: z.string(),
  masked: z.string(),
  scope: z.enum(SCOPES),
  order_mode: z.enum(['auto', 'semi_auto']),
  addresses: z.array(z.string()),
  created_at: z.string(),
  expires_at: maybeText,
  is_expired: z.boolean(),
  last_used_at: maybeText,
  previous_until: maybeText,
  is_first: z.boolean(),
});
export type ApiKey = z.output<typeof keySchema>;

const madeSchema = z.object({ key: keySchema, api_key: z.string() });

export interface KeyTerms {
  name: string;
  scope: Scope;
  order_mode: 'auto' | 'semi_auto';
  addresses: string[];
  expires_at: string | null;
}

export const keysQuery = queryOptions({
  queryKey: queryKeys.apiKeys,
  queryFn: () =>
    api.get('/keys', z.object({ keys: z.array(keySchema), limit_fields: z.array(limitFieldSchema) })),
});

function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.apiKey }),
      client.invalidateQueries({ queryKey: queryKeys.risk }),
    ]);
}

/** The clear key is in the answer and nowhere else. */
export function useCreateKey() {
  return useMutation({
    mutationFn: (form: KeyTerms & { limits: Record<string, unknown> }) => api.post('/keys', madeSchema, form),
    gcTime: 0,
    onSettled: useRefresh(),
  });
}

export function useChangeKey(id: number) {
  return useMutation({
    mutationFn: (terms: KeyTerms) => api.put(`/keys/${id}`, keySchema, terms),
    onSettled: useRefresh(),
  });
}

export function useReplaceKey(id: number) {
  return useMutation({
    mutationFn: (overlap_hours: number) => api.post(`/keys/${id}/rotate`, madeSchema, { overlap_hours }),
    gcTime: 0,
    onSettled: useRefresh(),
  });
}

export function useRevokeKey() {
  return useMutation({
    mutationFn: (id: number) => api.delete(`/keys/${id}`, z.unknown()),
    onSettled: useRefresh(),
  });
}
