import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const resultSchema = z.object({
  index: z.number(),
  symbol: z.string(),
  exchange: z.string(),
  action: z.string(),
  status: z.enum(['success', 'error']),
  orderid: maybeText,
  message: maybeText,
  code: maybeText,
});
export type LegResult = z.output<typeof resultSchema>;

const answerSchema = z.object({ results: z.array(resultSchema) });

export interface BasketOrder {
  orders: readonly object[];
  all_or_none: boolean;
  /** Names the intent: sending it twice places one basket. */
  client_order_id: string;
}

export function useSendBasket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (basket: BasketOrder) => api.post('/basket', answerSchema, basket),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
