import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { nameOf, type RiskScope, scopeSchema } from '@/features/risk/api/get-risk';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { t } from '@/messages/words';

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: queryKeys.risk });
}

export function useSwitch(scope: RiskScope) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ engaged, reason }: { engaged: boolean; reason: string }) =>
      api.post('/risk/kill-switch', scopeSchema, { ...nameOf(scope), engaged, reason }),
    onSuccess: ({ engaged }) =>
      engaged
        ? toast.warning(t('New orders are stopped: {{scope}}', { scope: scope.label }))
        : toast.success(t('New orders pass again: {{scope}}', { scope: scope.label })),
    onError: (error) => toast.error(t('The switch did not move'), { description: messageOf(error) }),
    onSettled: refresh,
  });
}

export function useSaveLimits(scope: RiskScope) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ limits, reason }: { limits: Record<string, unknown>; reason: string }) =>
      api.put('/risk/limits', scopeSchema, { ...nameOf(scope), limits, reason, version: scope.version }),
    onSuccess: () => toast.success(t('Limits saved: {{scope}}', { scope: scope.label })),
    onSettled: refresh,
  });
}
