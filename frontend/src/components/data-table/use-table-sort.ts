import { useMemo } from 'react';
import { useUrlState } from '@/hooks/use-url-state';

export interface Sort {
  id: string;
  isDescending: boolean;
}

const MOST_SORTS = 3;

/** The sorts kept in the address as `sort=column.desc,other.asc`, the first one leading; the default leaves no trace. */
export function readSort(
  text: string,
  known: readonly string[],
  fallback: Sort | undefined,
): readonly Sort[] {
  const sorts: Sort[] = [];
  for (const part of text.split(',')) {
    const match = /^(.+)\.(asc|desc)$/.exec(part);
    const id = match?.[1];
    if (!id || !known.includes(id) || sorts.some((sort) => sort.id === id)) continue;
    sorts.push({ id, isDescending: match[2] === 'desc' });
  }
  if (sorts.length > 0) return sorts.slice(0, MOST_SORTS);
  return fallback ? [fallback] : [];
}

/** Up, down, not at all; with `isAdded` beside the sorts there are, without it instead of them. */
export function nextSorts(sorts: readonly Sort[], id: string, isAdded: boolean): readonly Sort[] {
  const known = sorts.find((sort) => sort.id === id);
  const others = isAdded ? sorts.filter((sort) => sort.id !== id) : [];
  if (known?.isDescending) return others;
  const next = { id, isDescending: known !== undefined };
  if (!isAdded || !known) return [...others.slice(0, MOST_SORTS - 1), next];
  return sorts.map((sort) => (sort.id === id ? next : sort));
}

export function writeSort(sorts: readonly Sort[]): string {
  return sorts.map(({ id, isDescending }) => `${id}.${isDescending ? 'desc' : 'asc'}`).join(',');
}

export function useTableSort(known: readonly string[], fallback: Sort | undefined) {
  const { read, set } = useUrlState();
  const text = read('sort');
  // As text, because callers write the default where they use it and so make it anew at each render.
  const plain = fallback ? writeSort([fallback]) : '';
  const sorts = useMemo(
    () => readSort(text, known, readSort(plain, known, undefined)[0]),
    [text, known, plain],
  );
  const change = (next: readonly Sort[]) => {
    const written = writeSort(next);
    set('sort', written === plain ? null : written || null);
  };
  return [sorts, change] as const;
}
