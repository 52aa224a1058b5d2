import { queryOptions } from '@tanstack/react-query';
import { limitFieldSchema } from '@/components/limits/limits';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

export const scopeSchema = z.object({
  kind: z.enum(['all', 'account', 'strategy', 'key']),
  account_id: z.number().nullable(),
  strategy: z.string(),
  key_id: z.number().nullable(),
  scope: z.string(),
  label: z.string(),
  limits: z.record(z.string(), z.unknown()),
  version: z.number(),
  changed_at_ist: z.string(),
  changed_by: z.string(),
  engaged: z.boolean(),
  reason: z.string(),
  may_change: z.boolean(),
});
export type RiskScope = z.output<typeof scopeSchema>;

const riskSchema = z.object({
  scopes: z.array(scopeSchema),
  fields: z.array(limitFieldSchema),
  rules_version: z.number(),
});

const changeSchema = z.object({
  id: z.number(),
  at_ist: z.string(),
  scope: z.string(),
  kind: z.enum(['limits', 'kill_switch']),
  by: z.string(),
  version: z.number(),
  before: z.record(z.string(), z.unknown()),
  after: z.record(z.string(), z.unknown()),
  reason: z.string(),
});
export type RiskChange = z.output<typeof changeSchema>;

export const riskQuery = queryOptions({
  queryKey: [...queryKeys.risk, 'scopes'],
  queryFn: () => api.get('/risk', riskSchema),
});

export const riskChangesQuery = queryOptions({
  queryKey: [...queryKeys.risk, 'changes'],
  queryFn: () => api.get('/risk/changes', z.object({ changes: z.array(changeSchema) }), { limit: 200 }),
});

/** The scope as a request names it. */
export function nameOf({ kind, account_id, strategy, key_id }: RiskScope) {
  return { kind, account_id, strategy, ...(key_id !== null && { key_id }) };
}
