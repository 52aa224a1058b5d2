import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const documentSchema = z.object({ version: z.number(), value: z.unknown() });
const documentsSchema = z.record(z.string(), documentSchema);
type Documents = z.output<typeof documentsSchema>;

/** Every document the server keeps for the user; other tabs' changes arrive as events. */
export const documentsQuery = queryOptions({
  queryKey: queryKeys.documents,
  queryFn: () => api.get('/preferences/documents', documentsSchema),
  staleTime: 10 * 60_000,
});

/**
 * One document of the user, kept by the server: the same in every browser and tab. `key` is one of the server's table
 * (services/desk/documents.py). Shown at once, the last write wins; taken back with a word when the server refuses.
 *
 * `schema` reads what is kept; what it cannot read counts as never kept, and `fallback` stands. Both must keep their
 * identity between renders. `failure` is said when saving fails. `isLoaded` is false until the server has
 * answered or failed to.
 */
export function usePreference<T>(key: string, schema: z.ZodType<T>, fallback: T, failure: string) {
  const client = useQueryClient();
  const { data, isPending } = useQuery(documentsQuery);
  const kept = data?.[key]?.value;
  const value = useMemo(() => {
    if (kept === undefined || kept === null) return fallback;
    const read = schema.safeParse(kept);
    return read.success ? read.data : fallback;
  }, [kept, schema, fallback]);

  const { mutate } = useMutation({
    scope: { id: `preference:${key}` },
    mutationFn: (next: T) => api.put(`/preferences/documents/${key}`, documentSchema, { value: next }),
    onMutate: async (next) => {
      await client.cancelQueries({ queryKey: queryKeys.documents });
      const before = client.getQueryData(documentsQuery.queryKey);
      client.setQueryData(documentsQuery.queryKey, (all: Documents | undefined) => ({
        ...all,
        [key]: { version: all?.[key]?.version ?? 0, value: next },
      }));
      return before?.[key];
    },
    onError: (error, next, before) => {
      client.setQueryData(documentsQuery.queryKey, (all: Documents | undefined) => {
        // A later save is on show already, and will say for itself whether it was kept.
        if (!all || all[key]?.value !== next) return all;
        const { [key]: _refused, ...others } = all;
        return before ? { ...others, [key]: before } : others;
      });
      toast.error(failure, { id: `preference:${key}`, description: messageOf(error) });
    },
  });
  const save = useCallback((next: T) => mutate(next), [mutate]);
  return { value, save, isLoaded: !isPending };
}
