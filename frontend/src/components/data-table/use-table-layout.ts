import { useMemo } from 'react';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import {
  arrange,
  clampWidth,
  type Layout,
  moved,
  ordered,
  PLAIN,
  readLayout,
} from '@/components/data-table/layout';
import type { Column } from '@/components/data-table/types';

interface Layouts {
  byTable: Record<string, Layout>;
}

/** Kept by this browser, table by table. */
export const useLayouts = create<Layouts>()(
  persist((): Layouts => ({ byTable: {} }), {
    name: 'openalgo.tables',
    version: 1,
    merge: (stored, current) => {
      const tables = (stored as Partial<Layouts> | undefined)?.byTable ?? {};
      return {
        ...current,
        byTable: Object.fromEntries(Object.entries(tables).map(([name, one]) => [name, readLayout(one)])),
      };
    },
  }),
);

/** The columns of one table as the trader arranged them, and what changes that. */
export function useTableLayout<Row>(name: string, columns: readonly Column<Row>[]) {
  const layout = useLayouts(({ byTable }) => byTable[name] ?? PLAIN);
  const visible = useMemo(() => arrange(columns, layout), [columns, layout]);
  const everyColumn = useMemo(() => ordered(columns, layout.order), [columns, layout]);
  const put = (change: Partial<Layout>) =>
    useLayouts.setState(({ byTable }) => ({
      byTable: { ...byTable, [name]: { ...(byTable[name] ?? PLAIN), ...change } },
    }));
  const ids = everyColumn.map((column) => column.id);
  return {
    layout,
    visible,
    everyColumn,
    isPlain: layout === PLAIN,
    show: (id: string, isShown: boolean) => put({ shown: { ...layout.shown, [id]: isShown } }),
    move: (id: string, by: -1 | 1) => put({ order: moved(ids, id, ids.indexOf(id) + by) }),
    /** Puts a column where another stands. */
    place: (id: string, at: string) => put({ order: moved(ids, id, ids.indexOf(at)) }),
    resize: (id: string, width: number) => put({ widths: { ...layout.widths, [id]: clampWidth(width) } }),
    reset: () =>
      useLayouts.setState(({ byTable }) => {
        const { [name]: _dropped, ...others } = byTable;
        return { byTable: others };
      }),
  };
}

export type TableLayout<Row> = ReturnType<typeof useTableLayout<Row>>;
