import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { readSaved, type SavedBaskets, savedSchema } from '@/features/basket/model/saved';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const KEY = 'baskets';
const preferencesSchema = z.record(z.string(), z.string());

async function fetchSaved(): Promise<SavedBaskets> {
  const preferences = await api.get('/preferences', preferencesSchema);
  return readSaved(preferences[KEY]);
}

export const savedQuery = queryOptions({
  queryKey: [...queryKeys.preferences, KEY],
  queryFn: fetchSaved,
  staleTime: 60_000,
});

/** Changes what the server keeps, starting from what it keeps now: another tab may have saved since. */
export function useChangeSaved() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (change: (saved: SavedBaskets) => SavedBaskets) => {
      const next = change(await fetchSaved());
      savedSchema.parse(next);
      await api.put(`/preferences/${KEY}`, z.unknown(), { value: JSON.stringify(next) });
      return next;
    },
    onSuccess: (next) => client.setQueryData(savedQuery.queryKey, next),
  });
}
