import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import type { Position } from '@/features/positions/api/get-positions';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const closeSchema = z.object({ orderid: z.string().nullish(), message: z.string().nullish() });
const closeAllSchema = z.object({
  message: z.string().nullish(),
  results: z
    .array(
      z.looseObject({
        symbol: z.string().optional(),
        status: z.string().optional(),
        message: z.string().nullish(),
      }),
    )
    .optional(),
});

export function useClosePosition() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ symbol, exchange, product }: Position) =>
      api.post('/positions/close', closeSchema, { symbol, exchange, product }),
    onSuccess: ({ orderid, message }, { symbol }) =>
      toast.info(`Closing ${symbol}`, { description: orderid ? `Order ${orderid}` : (message ?? undefined) }),
    onError: (error, { symbol }) =>
      toast.error(`${symbol} was not confirmed closed`, { description: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}

export function useCloseAllPositions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/positions/close-all', closeAllSchema),
    onSuccess: ({ message, results }) => {
      const failed = results?.filter((leg) => leg.status === 'error') ?? [];
      if (failed.length > 0) {
        toast.error(`${failed.length} not closed`, {
          description: failed.map((leg) => `${leg.symbol ?? ''}: ${leg.message ?? 'refused'}`).join('; '),
        });
      } else toast.info(message || 'Closing every position');
    },
    onError: (error) => toast.error('Close all did not finish', { description: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
