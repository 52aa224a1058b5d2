import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const listSchema = z.array(z.object({ symbol: z.string(), exchange: z.string() }));
const watchlistSchema = z.union([
  listSchema,
  z.object({ symbols: listSchema }).transform(({ symbols }) => symbols),
]);

export const watchlistQuery = queryOptions({
  queryKey: queryKeys.watchlist,
  queryFn: () => api.get('/watchlist', watchlistSchema),
  staleTime: 60_000,
});

/** Replaces the list; shown at once and taken back when the server refuses. */
export function useSaveWatchlist() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (symbols: InstrumentRef[]) => api.put('/watchlist', z.unknown(), { symbols }),
    onMutate: async (symbols) => {
      await client.cancelQueries({ queryKey: watchlistQuery.queryKey });
      const before = client.getQueryData(watchlistQuery.queryKey);
      client.setQueryData(watchlistQuery.queryKey, symbols);
      return before;
    },
    onError: (error, _symbols, before) => {
      client.setQueryData(watchlistQuery.queryKey, before);
      toast.error('The watchlist was not saved', { description: messageOf(error) });
    },
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.watchlist }),
  });
}
