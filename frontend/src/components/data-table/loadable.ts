import type { UseQueryResult } from '@tanstack/react-query';
import type { Loadable } from '@/components/data-table/types';

/** A query as a table reads it; `rows` may be narrowed by filters on the way. */
export function loadable<Data, Row>(
  query: UseQueryResult<Data>,
  rows: readonly Row[] | undefined,
): Loadable<Row> {
  return { rows, error: query.error, isRefreshing: query.isFetching, retry: () => void query.refetch() };
}
