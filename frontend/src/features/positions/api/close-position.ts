import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import type { Outcome } from '@/components/bulk/bulk-dialog';
import type { Position } from '@/features/positions/api/get-positions';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { maybeNumber } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const closeSchema = z.object({ orderid: z.string().nullish(), message: z.string().nullish() });
const closeAllSchema = z.object({
  message: z.string().nullish(),
  results: z.array(
    z.looseObject({
      symbol: z.string(),
      exchange: z.string(),
      product: z.string(),
      quantity: maybeNumber,
      status: z.string(),
      orderid: z.string().nullish(),
      message: z.string().nullish(),
      code: z.string().nullish(),
    }),
  ),
});
export type Closed = z.output<typeof closeAllSchema>;

export function useClosePosition() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ symbol, exchange, product }: Position) =>
      api.post('/positions/close', closeSchema, { symbol, exchange, product }),
    onSuccess: ({ orderid, message }, { symbol }) =>
      toast.info(t('Closing {{symbol}}', { symbol }), {
        description: orderid ? t('Order {{orderid}}', { orderid }) : (message ?? undefined),
      }),
    onError: (error, { symbol }) =>
      toast.error(t('{{symbol}} was not confirmed closed', { symbol }), { description: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}

type Place = Pick<Position, 'symbol' | 'exchange' | 'product'>;

export function placeOf({ symbol, exchange, product }: Place): string {
  return `${exchange}:${symbol}:${product}`;
}

/** What the server's answer means for each position; one that needs several exit orders is closed when all went. */
export function outcomesOf(asked: readonly Position[], { results }: Closed): Map<string, Outcome> {
  return new Map(
    asked.map((position): [string, Outcome] => {
      const place = placeOf(position);
      const mine = results.filter((one) => placeOf(one) === place);
      const sent = mine.filter(({ status }) => status === 'success');
      const failed = mine.filter(({ status }) => status !== 'success');
      if (mine.length === 0) return [place, { tone: 'neutral', word: t('nothing open') }];
      const detail = [
        sent.length > 0 &&
          t('Exit {{orders}}', { orders: sent.map(({ orderid }) => orderid ?? '').join(', ') }),
        ...failed.map(({ message }) => message),
      ]
        .filter(Boolean)
        .join(' · ');
      if (failed.length === 0) return [place, { tone: 'good', word: t('exit sent'), detail }];
      if (failed.every(({ code }) => code === 'ALREADY_CLOSING'))
        return [place, { tone: 'neutral', word: t('already closing'), detail }];
      if (failed.some(({ code }) => code === 'OUTCOME_UNKNOWN'))
        return [place, { tone: 'warn', word: t('outcome unknown'), detail }];
      return [place, { tone: 'bad', word: sent.length > 0 ? t('partly sent') : t('not sent'), detail }];
    }),
  );
}

/** Closes the named positions, or with `isAll` every open position of the account. */
export function useClosePositions() {
  const client = useQueryClient();
  return async (positions: readonly Position[], isAll: boolean): Promise<Map<string, Outcome>> => {
    const named = positions.map(({ symbol, exchange, product }) => ({ symbol, exchange, product }));
    try {
      const body = isAll ? {} : { positions: named };
      return outcomesOf(positions, await api.post('/positions/close-all', closeAllSchema, body));
    } finally {
      void client.invalidateQueries({ queryKey: queryKeys.book });
    }
  };
}
