import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { COLUMNS, type ColumnId, FIRST_COLUMNS, type View } from '@/features/option-chain/model/columns';
import { usePreference } from '@/lib/preferences/documents';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

/** Where B and S of the chain lead. */
export type Target = 'ticket' | 'basket';

interface ChainPreferences {
  view: View;
  columns: Record<View, readonly ColumnId[]>;
  target: Target;
  setView: (view: View) => void;
  toggleColumn: (id: ColumnId) => void;
  resetColumns: () => void;
  setTarget: (target: Target) => void;
}

/** How the trader likes chains: at hand in this browser, kept by the server (see useKeptChain). */
export const useChainPreferences = create<ChainPreferences>()(
  persist(
    (set) => ({
      view: 'prices',
      columns: FIRST_COLUMNS,
      target: 'ticket',
      setView: (view) => set({ view }),
      toggleColumn: (id) =>
        set(({ view, columns }) => ({
          columns: {
            ...columns,
            [view]: columns[view].includes(id)
              ? columns[view].filter((one) => one !== id)
              : [...columns[view], id],
          },
        })),
      resetColumns: () =>
        set(({ view, columns }) => ({ columns: { ...columns, [view]: FIRST_COLUMNS[view] } })),
      setTarget: (target) => set({ target }),
    }),
    { name: 'openalgo.option-chain', version: 1 },
  ),
);

// A column that a later release names is left out rather than guessed at.
const columnsSchema = z
  .array(z.string())
  .transform((ids) => COLUMNS.flatMap(({ id }) => (ids.includes(id) ? [id] : [])));
const keptSchema = z
  .object({
    view: z.enum(['prices', 'greeks']),
    target: z.enum(['ticket', 'basket']),
    columns: z.object({ prices: columnsSchema, greeks: columnsSchema }),
  })
  .nullable();
type Kept = z.output<typeof keptSchema>;

const keptOf = ({ view, target, columns }: ChainPreferences): NonNullable<Kept> => ({
  view,
  target,
  columns: { prices: [...columns.prices], greeks: [...columns.greeks] },
});

/** While a chain is on screen: what the server keeps counts as soon as it is read, what is chosen here is saved. */
export function useKeptChain(): void {
  const { value, save } = usePreference<Kept>(
    'option_chain',
    keptSchema,
    null,
    t('The view of the chain was not saved'),
  );
  const known = useRef('');
  useEffect(() => {
    if (!value) return;
    known.current = JSON.stringify(value);
    useChainPreferences.setState(value);
  }, [value]);
  useEffect(
    () =>
      useChainPreferences.subscribe((state) => {
        const next = keptOf(state);
        const text = JSON.stringify(next);
        if (text === known.current) return;
        known.current = text;
        save(next);
      }),
    [save],
  );
}
