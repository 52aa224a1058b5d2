import { useMemo, useState } from 'react';
import type { Selection } from '@/components/data-table/types';

const NOTHING: ReadonlySet<string> = new Set();

/** Marks after one row was taken in or out. */
export function toggled(keys: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Marks after everything from one row to another was taken in. */
export function withRange(
  keys: ReadonlySet<string>,
  all: readonly string[],
  from: string,
  to: string,
): Set<string> {
  const [start, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b) as [number, number];
  return start < 0 ? toggled(keys, to) : new Set([...keys, ...all.slice(start, end + 1)]);
}

/**
 * Marked rows of a book. A row that left the book, or that the filters hide, is not marked: what a bulk action will
 * touch is always on screen.
 */
export function useRowSelection<Row>(
  shown: readonly Row[] | undefined,
  rowKey: (row: Row) => string,
): { selection: Selection; selected: readonly Row[]; clear: () => void } {
  const [marked, setMarked] = useState<ReadonlySet<string>>(NOTHING);
  const selected = useMemo(
    () => (marked.size === 0 ? [] : (shown?.filter((row) => marked.has(rowKey(row))) ?? [])),
    [shown, marked, rowKey],
  );
  const selection = useMemo(
    () => ({
      keys: selected.length === marked.size ? marked : new Set(selected.map(rowKey)),
      change: setMarked,
    }),
    [selected, marked, rowKey],
  );
  return { selection, selected, clear: () => setMarked(NOTHING) };
}
