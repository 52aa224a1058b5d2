import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { type Desk, deskSchema, FIRST_DESK } from '@/features/workspace/model/desk';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const KEY = 'workspace';

function readDesk(text: string | undefined): Desk {
  if (!text) return FIRST_DESK;
  try {
    const read = deskSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : FIRST_DESK;
  } catch {
    return FIRST_DESK;
  }
}

const deskQuery = queryOptions({
  queryKey: [...queryKeys.preferences, KEY],
  queryFn: async () => readDesk((await api.get('/preferences', z.record(z.string(), z.string())))[KEY]),
  staleTime: 10 * 60_000,
});

/** The workspace as the server keeps it: the same in every browser. `isLoaded` once it has answered or failed to. */
export function useKeptDesk() {
  const client = useQueryClient();
  const { data, isPending } = useQuery(deskQuery);
  const { mutate: save } = useMutation({
    scope: { id: KEY },
    mutationFn: (desk: Desk) => api.put(`/preferences/${KEY}`, z.unknown(), { value: JSON.stringify(desk) }),
    onMutate: (desk) => void client.setQueryData(deskQuery.queryKey, desk),
    onError: (error) =>
      toast.error(t('The layout was not saved'), { id: KEY, description: messageOf(error) }),
  });
  return { value: data ?? FIRST_DESK, save, isLoaded: !isPending };
}
