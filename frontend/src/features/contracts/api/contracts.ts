import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const masterSchema = z.object({
  broker: z.string(),
  broker_name: z.string(),
  status: z.string(),
  message: maybeText,
  is_ready: z.boolean(),
  total: z.number(),
  counts: z.record(z.string(), z.number()),
  loaded_at: maybeText,
  age_seconds: maybeNumber,
  duration_ms: maybeNumber,
  is_due: z.boolean(),
  due_reason: maybeText,
  warnings: z.array(z.string()),
  /** A connected account through which a download can go; null when none is. */
  account_id: maybeNumber,
});
export type ContractMaster = z.output<typeof masterSchema>;

const RUNNING_MS = 2_000;

export function isLoading({ status }: Pick<ContractMaster, 'status'>): boolean {
  return status === 'downloading' || status === 'pending';
}

/** Looked at again every two seconds while a download runs. */
export const contractMastersQuery = queryOptions({
  queryKey: queryKeys.contractMasters,
  queryFn: () => api.get('/contracts/brokers', z.array(masterSchema)),
  refetchInterval: ({ state }) => (state.data?.some(isLoading) ? RUNNING_MS : false),
});

export function useRefreshMaster() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (accountId: number) => api.post(`/accounts/${accountId}/contracts`, z.unknown()),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.contracts }),
  });
}
