import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import {
  mappingSchema,
  type Strategy,
  strategySchema,
  strategyViewSchema,
} from '@/features/strategies/api/get-strategies';
import type { MappingTerms, StrategyTerms } from '@/features/strategies/model/terms';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

/** Shown by the server once, when it is made. */
const webhookSchema = z.object({ webhook_url: z.string() });
const createdSchema = strategySchema.extend(webhookSchema.shape);

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: queryKeys.strategies });
}

export function useCreateStrategy() {
  return useMutation({
    mutationFn: (terms: StrategyTerms) => api.post('/strategies', createdSchema, terms),
    onSettled: useRefresh(),
  });
}

export function useChangeStrategy(id: number) {
  return useMutation({
    mutationFn: (terms: Partial<StrategyTerms>) => api.put(`/strategies/${id}`, strategyViewSchema, terms),
    onSettled: useRefresh(),
  });
}

export function useActivate() {
  return useMutation({
    mutationFn: ({ id, is_active }: Strategy) =>
      api.post(`/strategies/${id}/${is_active ? 'deactivate' : 'activate'}`, strategyViewSchema, {}),
    onSuccess: ({ name, is_active }) =>
      is_active
        ? toast.success(t('{{name}} listens to its webhook', { name }))
        : toast.info(t('{{name}} trades nothing more', { name })),
    onError: (error, { name }) =>
      toast.error(t('{{name}} was not switched', { name }), { description: messageOf(error) }),
    onSettled: useRefresh(),
  });
}

export function useDeleteStrategy() {
  return useMutation({
    mutationFn: ({ id }: Strategy) => api.delete(`/strategies/${id}`, z.object({ deleted: z.number() })),
    onSuccess: (_answer, { name }) => toast.info(t('{{name}} was deleted', { name })),
    onError: (error, { name }) =>
      toast.error(t('{{name}} was not deleted', { name }), { description: messageOf(error) }),
    onSettled: useRefresh(),
  });
}

/** Closes what the strategy holds; its exits leave in the background, one a second. */
export function useSquareOff() {
  return useMutation({
    mutationFn: ({ id }: Strategy) =>
      api.post(`/strategies/${id}/squareoff`, z.object({ queued: z.number() }), {}),
    onSuccess: ({ queued: count }, { name }) =>
      count > 0
        ? toast.info(t('{{name}}: {{count}} exits queued', { name, count, one: '{{name}}: one exit queued' }))
        : toast.info(t('{{name}} holds nothing that could be closed now', { name })),
    onError: (error, { name }) =>
      toast.error(t('{{name}} was not squared off', { name }), { description: messageOf(error) }),
    onSettled: useRefresh(),
  });
}

export function useNewWebhook() {
  return useMutation({
    mutationFn: ({ id }: Strategy) => api.post(`/strategies/${id}/webhook`, webhookSchema, {}),
  });
}

const signedSchema = strategyViewSchema.extend({ signing_secret: z.string() });

/** Signed messages only; the answer shows the secret, and nothing does afterwards. */
export function useRequireSignatures() {
  return useMutation({
    mutationFn: ({ id }: Strategy) => api.post(`/strategies/${id}/signing`, signedSchema, {}),
    onError: (error) => toast.error(t('Nothing was changed'), { description: messageOf(error) }),
    onSettled: useRefresh(),
  });
}

export function useWaiveSignatures() {
  return useMutation({
    mutationFn: ({ id }: Strategy) => api.delete(`/strategies/${id}/signing`, strategyViewSchema),
    onError: (error) => toast.error(t('Nothing was changed'), { description: messageOf(error) }),
    onSettled: useRefresh(),
  });
}

export function useAddMappings(id: number) {
  return useMutation({
    mutationFn: (mappings: readonly MappingTerms[]) =>
      api.post(`/strategies/${id}/mappings`, z.array(mappingSchema), { mappings }),
    onSettled: useRefresh(),
  });
}

export function useChangeMapping(id: number) {
  return useMutation({
    mutationFn: ({ mapping, terms }: { mapping: number; terms: MappingTerms }) =>
      api.put(`/strategies/${id}/mappings/${mapping}`, z.array(mappingSchema), terms),
    onSettled: useRefresh(),
  });
}

export function useRemoveMapping(id: number) {
  return useMutation({
    mutationFn: ({ id: mapping }: { id: number; symbol: string }) =>
      api.delete(`/strategies/${id}/mappings/${mapping}`, z.array(mappingSchema)),
    onError: (error, { symbol }) =>
      toast.error(t('{{symbol}} was not removed', { symbol }), { description: messageOf(error) }),
    onSettled: useRefresh(),
  });
}
