import { useMemo } from 'react';
import { useUrlState } from '@/hooks/use-url-state';

export type Fields<Row> = Readonly<Record<string, (row: Row) => string | null | undefined>>;

export interface RowFilters<Row> {
  shown: readonly Row[] | undefined;
  /** What is chosen, by field; empty is all. */
  values: Readonly<Record<string, string>>;
  /** What can be chosen: the values that the rows have. */
  options: Readonly<Record<string, readonly string[]>>;
  text: string;
  hasFilter: boolean;
  set: (name: string, value: string | null) => void;
  /** Unsets all of them, and what else the book keeps in the address. */
  clear: (...others: string[]) => void;
}

const TEXT = 'q';

/** Whether a row has the chosen value in every field and the typed text somewhere in `textOf`. */
export function matchesRow<Row>(
  row: Row,
  fields: Fields<Row>,
  values: Readonly<Record<string, string>>,
  textOf: (row: Row) => string,
  text: string,
): boolean {
  const typed = text.trim().toUpperCase();
  return (
    Object.entries(fields).every(([name, of]) => !values[name] || of(row) === values[name]) &&
    (!typed || textOf(row).toUpperCase().includes(typed))
  );
}

/**
 * The filters of a book, kept in the address: one choice a field and a typed text. `fields` and `textOf` must be the
 * same from render to render.
 */
export function useRowFilters<Row>(
  rows: readonly Row[] | undefined,
  fields: Fields<Row>,
  textOf: (row: Row) => string,
): RowFilters<Row> {
  const { read, set, setAll } = useUrlState();
  const text = read(TEXT);
  const names = Object.keys(fields);
  const chosen = JSON.stringify(names.map(read));
  const values = useMemo(() => {
    const list = JSON.parse(chosen) as string[];
    return Object.fromEntries(Object.keys(fields).map((name, place) => [name, list[place] ?? '']));
  }, [fields, chosen]);
  const shown = useMemo(
    () => rows?.filter((row) => matchesRow(row, fields, values, textOf, text)),
    [rows, fields, values, textOf, text],
  );
  const options = useMemo(
    () =>
      Object.fromEntries(
        Object.entries(fields).map(([name, of]) => [
          name,
          [...new Set(rows?.flatMap((row) => of(row) || []))].sort(),
        ]),
      ),
    [rows, fields],
  );
  return {
    shown,
    values,
    options,
    text,
    hasFilter: Boolean(text) || Object.values(values).some(Boolean),
    set,
    clear: (...others) => setAll(Object.fromEntries([...names, TEXT, ...others].map((name) => [name, null]))),
  };
}
