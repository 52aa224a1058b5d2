import { useCallback, useState } from 'react';
import type { Sort } from '@/features/watchlist/model/lines';
import { usePreference } from '@/lib/preferences/documents';
import { z } from '@/lib/schema';
import type { List, Lists } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

const viewSchema = z.object({
  list: z.string().nullable().catch(null),
  sort: z.enum(['own', 'symbol', 'change', 'change_desc']).catch('own'),
  density: z.enum(['compact', 'comfortable']).catch('compact'),
});
type View = z.output<typeof viewSchema>;
export type Density = View['density'];

const FIRST_VIEW: View = { list: null, sort: 'own', density: 'compact' };

/**
 * Which list is on show, and how. The choice is kept for the next visit; windows that are open do not follow each
 * other's list, since two of them may well show two.
 */
export function useWatchView(lists: Lists) {
  const { value, save } = usePreference(
    'watchlist',
    viewSchema,
    FIRST_VIEW,
    t('The view of the watchlist was not saved'),
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const list: List | undefined =
    lists.find(({ id }) => id === chosen) ?? lists.find(({ id }) => id === value.list) ?? lists[0];
  const show = useCallback(
    (id: string) => {
      setChosen(id);
      save({ ...value, list: id });
    },
    [save, value],
  );
  const setSort = useCallback((sort: Sort) => save({ ...value, sort }), [save, value]);
  const setDensity = useCallback((density: Density) => save({ ...value, density }), [save, value]);
  return { list, show, sort: value.sort, setSort, density: value.density, setDensity };
}
