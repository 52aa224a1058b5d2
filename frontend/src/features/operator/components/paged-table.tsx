import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import type { TableProps } from '@/components/data-table/types';
import { Button } from '@/components/ui/button';
import { t } from '@/messages/words';

type Pages<Row> = InfiniteData<{ rows: readonly Row[] }>;

interface PagedProps<Row> extends Omit<TableProps<Row>, 'source'> {
  query: UseInfiniteQueryResult<Pages<Row>>;
}

/** Records page by page: the newest first, older ones on request. */
export function PagedTable<Row extends object>({ query, toolbar, ...props }: PagedProps<Row>) {
  const rows = query.data?.pages.flatMap((page) => page.rows);
  return (
    <DataTable
      {...props}
      source={{
        rows,
        error: query.error,
        isRefreshing: query.isFetching,
        retry: () => void query.refetch(),
      }}
      toolbar={
        <>
          {toolbar}
          <Button size="sm" onClick={() => void query.refetch()} isBusy={query.isRefetching}>
            {t('Refresh')}
          </Button>
          {query.hasNextPage && (
            <Button size="sm" onClick={() => void query.fetchNextPage()} isBusy={query.isFetchingNextPage}>
              {t('Load older')}
            </Button>
          )}
        </>
      }
    />
  );
}
