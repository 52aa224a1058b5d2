import { useQuery } from '@tanstack/react-query';
import { type Desk, deskSchema, FIRST_DESK } from '@/features/workspace/model/desk';
import { api } from '@/lib/api/client';
import { documentsQuery, usePreference } from '@/lib/preferences/documents';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const KEY = 'layouts';
/** Where desks were kept before documents: a text among the values of charts. */
const FORMER_KEY = 'workspace';

function readDesk(text: string | undefined): Desk {
  if (!text) return FIRST_DESK;
  try {
    const read = deskSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : FIRST_DESK;
  } catch {
    return FIRST_DESK;
  }
}

/** The workspace as the server keeps it: the same in every browser. `isLoaded` once it has answered or failed to. */
export function useKeptDesk() {
  const documents = useQuery(documentsQuery);
  const isFormer = documents.data !== undefined && documents.data[KEY] === undefined;
  const former = useQuery({
    queryKey: [...queryKeys.preferences, FORMER_KEY],
    queryFn: async () =>
      readDesk((await api.get('/preferences', z.record(z.string(), z.string())))[FORMER_KEY]),
    enabled: isFormer,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { value, save } = usePreference<Desk>(
    KEY,
    deskSchema,
    former.data ?? FIRST_DESK,
    t('The layout was not saved'),
  );
  return { value, save, isLoaded: !documents.isPending && (!isFormer || !former.isPending) };
}
