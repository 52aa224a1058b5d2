import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import type { Gtt } from '@/features/gtts/api/get-gtts';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { formatQuantity } from '@/lib/format';
import type { Action } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

export interface GttTerms {
  trigger_type: 'SINGLE' | 'OCO';
  symbol: string;
  exchange: string;
  action: Action;
  product: string;
  quantity: number;
  pricetype: 'LIMIT' | 'MARKET';
  price?: number;
  triggerprice_sl?: number;
  triggerprice_tg?: number;
  stoploss?: number;
  target?: number;
  expires_at?: string;
}

const answerSchema = z.object({ trigger_id: z.string(), held_by: z.enum(['gateway', 'broker']) });

/** Who watches it decides whether it fires while this program is down. */
export const HOLDERS = {
  gateway: t('Held by OpenAlgo: it fires only while OpenAlgo runs and is connected.'),
  broker: t('Held by the broker: it fires whether OpenAlgo runs or not.'),
} as const;

/** A new GTT, or new terms of the one that is named; the key makes a repeat harmless. */
export function useWriteGtt() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ terms, gtt, key }: { terms: GttTerms; gtt: Gtt | null; key: string }) => {
      const body = { ...terms, client_order_id: key };
      return gtt
        ? api.put(`/gtts/${encodeURIComponent(gtt.trigger_id)}`, answerSchema, body)
        : api.post('/gtts', answerSchema, body);
    },
    onSuccess: ({ held_by }, { terms, gtt }) => {
      const order = `${terms.action} ${formatQuantity(terms.quantity)} ${terms.symbol}`;
      toast.success(gtt ? t('GTT changed: {{order}}', { order }) : t('GTT set: {{order}}', { order }), {
        description: HOLDERS[held_by],
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.gtts }),
  });
}

export function useCancelGtt() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (gtt: Gtt) => api.delete(`/gtts/${encodeURIComponent(gtt.trigger_id)}`, answerSchema),
    onError: (error, gtt) =>
      toast.error(t('GTT not withdrawn: {{symbol}}', { symbol: gtt.symbol }), {
        description: messageOf(error),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.gtts }),
  });
}
