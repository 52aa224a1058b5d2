import { useUrlState } from '@/hooks/use-url-state';

export interface Sort {
  id: string;
  isDescending: boolean;
}

/** The sort kept in the address as `sort=column.desc`; the default leaves no trace. */
export function readSort(
  text: string,
  known: readonly string[],
  fallback: Sort | undefined,
): Sort | undefined {
  const match = /^(.+)\.(asc|desc)$/.exec(text);
  if (!match?.[1] || !known.includes(match[1])) return fallback;
  return { id: match[1], isDescending: match[2] === 'desc' };
}

export function useTableSort(known: readonly string[], fallback: Sort | undefined) {
  const { read, set } = useUrlState();
  const sort = readSort(read('sort'), known, fallback);
  const change = (next: Sort | undefined) => {
    const isDefault = next?.id === fallback?.id && next?.isDescending === fallback?.isDescending;
    set('sort', next && !isDefault ? `${next.id}.${next.isDescending ? 'desc' : 'asc'}` : null);
  };
  return [sort, change] as const;
}
