import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { type AskedExits, askedExitsSchema } from '@/lib/orders/exit-terms';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';
import { bookRefreshInterval } from '@/stores/connection';

const exitSchema = z.object({
  exit_id: z.string(),
  status: z.string(),
  symbol: z.string(),
  exchange: z.string(),
  product: z.string(),
  position: z.enum(['long', 'short']),
  quantity: z.number(),
  stoploss: maybeNumber,
  target: maybeNumber,
  trailing_stop: maybeNumber,
  exits: askedExitsSchema,
  reason: maybeText,
});

export type PositionExit = z.output<typeof exitSchema>;
interface Place {
  symbol: string;
  exchange: string;
  product: string;
}

export const exitsQuery = queryOptions({
  queryKey: queryKeys.exits,
  queryFn: () => api.get('/position-exits', z.array(exitSchema)),
  staleTime: 5_000,
  refetchInterval: bookRefreshInterval,
});

/** The running exits of a position. */
export function exitsOf(exits: readonly PositionExit[] | undefined, place: Place): PositionExit | undefined {
  return exits?.find(
    (one) => one.symbol === place.symbol && one.exchange === place.exchange && one.product === place.product,
  );
}

/** Exits may be changed and withdrawn until one is reached. */
export function isChangeable({ status }: PositionExit): boolean {
  return status === 'waiting' || status === 'active';
}

export function useProtect() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ place, running, exits }: { place: Place; running?: PositionExit; exits: AskedExits }) =>
      running
        ? api.put(`/position-exits/${running.exit_id}`, exitSchema, { exits })
        : api.post('/position-exits', exitSchema, {
            symbol: place.symbol,
            exchange: place.exchange,
            product: place.product,
            exits,
          }),
    onSuccess: ({ symbol }) => toast.success(t('{{symbol}} is protected', { symbol })),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.exits }),
  });
}

export function useCancelExit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ exit_id }: PositionExit) => api.delete(`/position-exits/${exit_id}`, exitSchema),
    onSuccess: ({ symbol }) => toast.info(t('{{symbol}} is no longer protected', { symbol })),
    onError: (error, { symbol }) =>
      toast.error(t('The exits of {{symbol}} were not withdrawn', { symbol }), {
        description: messageOf(error),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.exits }),
  });
}
