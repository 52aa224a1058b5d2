import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { type ColumnId, FIRST_COLUMNS, type View } from '@/features/option-chain/model/columns';

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

/** How this browser likes its chains. */
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
