import { useEffect, useEffectEvent, useMemo, useRef } from 'react';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import {
  arrange,
  type BookName,
  clampWidth,
  fromKept,
  isPlain,
  type Layout,
  moved,
  ordered,
  PLAIN,
  readLayout,
  toKept,
} from '@/components/data-table/layout';
import type { Column } from '@/components/data-table/types';
import { usePreference } from '@/lib/preferences/documents';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const SETTLE_MS = 600;

interface Layouts {
  byTable: Record<string, Layout>;
}

/** At hand in this browser, table by table; what the server keeps comes after the first paint. */
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

function setLayout(name: string, change: (layout: Layout) => Layout): void {
  useLayouts.setState(({ byTable }) => ({
    byTable: { ...byTable, [name]: change(byTable[name] ?? PLAIN) },
  }));
}

const anything = z.unknown();

/**
 * Keeps a book's layout with the user: the server's counts as soon as it is read or changes elsewhere, and ours is saved
 * once it rests, since a column that is being drawn changes with every move of the pointer.
 */
function useKeptLayout(name: string, book: BookName | undefined): () => void {
  const key = `columns.${book ?? ''}`;
  const { value: kept, save } = usePreference<unknown>(key, anything, null, t('The columns were not saved'));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const flush = useEffectEvent(() => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    save(toKept(useLayouts.getState().byTable[name] ?? PLAIN));
  });
  useEffect(() => {
    const layout = book && fromKept(kept);
    if (layout && timer.current === undefined) setLayout(name, () => layout);
  }, [book, kept, name]);
  useEffect(() => {
    const leave = () => flush();
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, []);
  const settle = useEffectEvent(() => flush());
  return () => {
    if (!book) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => settle(), SETTLE_MS);
  };
}

/** The columns of one table as the trader arranged them, and what changes that. Only a book's are kept by the server. */
export function useTableLayout<Row>(tableName: string, columns: readonly Column<Row>[], book?: BookName) {
  const name = book ?? tableName;
  const layout = useLayouts(({ byTable }) => byTable[name] ?? PLAIN);
  const keep = useKeptLayout(name, book);
  const visible = useMemo(() => arrange(columns, layout), [columns, layout]);
  const everyColumn = useMemo(() => ordered(columns, layout.order), [columns, layout]);
  const put = (change: Partial<Layout>) => {
    setLayout(name, (now) => ({ ...now, ...change }));
    keep();
  };
  const ids = everyColumn.map((column) => column.id);
  return {
    layout,
    visible,
    everyColumn,
    isPlain: isPlain(layout),
    show: (id: string, isShown: boolean) => put({ shown: { ...layout.shown, [id]: isShown } }),
    move: (id: string, by: -1 | 1) => put({ order: moved(ids, id, ids.indexOf(id) + by) }),
    /** Puts a column where another stands. */
    place: (id: string, at: string) => put({ order: moved(ids, id, ids.indexOf(at)) }),
    resize: (id: string, width: number) => put({ widths: { ...layout.widths, [id]: clampWidth(width) } }),
    reset: () => put(PLAIN),
  };
}

export type TableLayout<Row> = ReturnType<typeof useTableLayout<Row>>;
