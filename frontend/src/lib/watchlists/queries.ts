import { type QueryClient, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { ApiError, messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { bodyOf, type Edit, type Lists, type Watchlists, watchlistsSchema } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

const TRIES = 4;

/** What the server has confirmed, and the edits on their way to it: the lists on show are the one with the others. */
interface Line {
  confirmed: Watchlists | null;
  pending: Edit[];
}

const LINES = new WeakMap<QueryClient, Line>();

function lineOf(client: QueryClient): Line {
  const line = LINES.get(client) ?? { confirmed: null, pending: [] };
  LINES.set(client, line);
  return line;
}

/** An older answer that comes late does not undo a newer one. */
function confirm(line: Line, answer: Watchlists): void {
  if (!line.confirmed || answer.version >= line.confirmed.version) line.confirmed = answer;
}

function shown(line: Line): Watchlists | undefined {
  if (!line.confirmed) return undefined;
  const lists = line.pending.reduce((before: Lists, edit) => edit(before), line.confirmed.lists);
  return { ...line.confirmed, lists: [...lists] };
}

export const watchlistsQuery = queryOptions({
  queryKey: queryKeys.watchlists,
  queryFn: async ({ client }) => {
    const line = lineOf(client);
    const answer = await api.get('/watchlists', watchlistsSchema);
    // A store that was reset counts from the beginning; with no edit on its way the answer is the truth.
    if (line.pending.length === 0) line.confirmed = answer;
    else confirm(line, answer);
    return shown(line) ?? answer;
  },
  staleTime: 5 * 60_000,
});

function currentOf(error: unknown): Watchlists | null {
  if (!(error instanceof ApiError) || error.code !== 'WATCHLISTS_CHANGED') return null;
  const read = watchlistsSchema.safeParse(error.current);
  return read.success ? read.data : null;
}

/** Sends one edit. When another tab or device was faster, the edit is made again on what stands now. */
async function send(line: Line, edit: Edit): Promise<Watchlists> {
  for (let tries = 1; ; tries += 1) {
    const base = line.confirmed ?? (await api.get('/watchlists', watchlistsSchema));
    const lists = edit(base.lists);
    if (lists === base.lists) return base;
    try {
      return await api.put('/watchlists', watchlistsSchema, bodyOf(base, lists));
    } catch (error) {
      const current = currentOf(error);
      if (!current || tries === TRIES) throw error;
      line.confirmed = current;
    }
  }
}

/** Edits the lists: shown at once, sent one after the other, taken back with a word when the server refuses. */
export function useEditWatchlists(): (edit: Edit) => void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    scope: { id: 'watchlists' },
    mutationFn: (edit: Edit) => send(lineOf(client), edit),
    onMutate: (edit) => {
      const line = lineOf(client);
      void client.cancelQueries({ queryKey: queryKeys.watchlists });
      line.confirmed ??= client.getQueryData(watchlistsQuery.queryKey) ?? null;
      line.pending = [...line.pending, edit];
      client.setQueryData(watchlistsQuery.queryKey, shown(line));
    },
    onSuccess: (answer) => confirm(lineOf(client), answer),
    onError: (error) =>
      toast.error(t('The watchlist was not saved'), { id: 'watchlists', description: messageOf(error) }),
    onSettled: (_answer, error, edit) => {
      const line = lineOf(client);
      line.pending = line.pending.filter((one) => one !== edit);
      client.setQueryData(watchlistsQuery.queryKey, shown(line));
      if (error) void client.invalidateQueries({ queryKey: queryKeys.watchlists });
    },
  });
  return useCallback((edit: Edit) => mutate(edit), [mutate]);
}
