import { useTable } from '@tanstack/react-table';
import { useMemo } from 'react';
import { CardList } from '@/components/data-table/card-list';
import { ColumnsMenu } from '@/components/data-table/columns-menu';
import { CsvMenu } from '@/components/data-table/csv-menu';
import { GridBody } from '@/components/data-table/grid-body';
import { features, toColumnDefs } from '@/components/data-table/model';
import type { TableProps } from '@/components/data-table/types';
import { useTableLayout } from '@/components/data-table/use-table-layout';
import { useTableSort } from '@/components/data-table/use-table-sort';
import { Toolbar } from '@/components/filters/toolbar';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { useIsNarrow } from '@/hooks/use-media-query';
import { t } from '@/messages/words';

const NO_ROWS: never[] = [];

/** The one table of the desk: sorted, virtual, keyboard-walkable, with its loading, empty, error and stale states. */
export function DataTable<Row extends object>(props: TableProps<Row>) {
  const { columns, source, name, defaultSort } = props;
  const isNarrow = useIsNarrow();
  const layout = useTableLayout(name, columns, props.book);
  const rows = useSortedRows(props);
  const [sorts, setSorts] = useTableSort(useSortable(columns), defaultSort);

  return (
    <section aria-label={name} className="flex min-h-0 flex-1 flex-col">
      {props.toolbar && (
        <Toolbar
          menus={
            rows.length > 0 && (
              <>
                <ColumnsMenu layout={layout} />
                <CsvMenu
                  name={name}
                  visible={layout.visible}
                  rows={rows}
                  every={columns}
                  allRows={props.allRows ?? rows}
                />
              </>
            )
          }
        >
          {props.toolbar}
        </Toolbar>
      )}
      {source.rows !== undefined && source.error ? (
        <StaleNotice error={source.error} onRetry={source.retry} />
      ) : null}
      {source.rows === undefined ? (
        source.error ? (
          <ErrorState error={source.error} onRetry={source.retry} />
        ) : (
          <LoadingRows name={name} />
        )
      ) : rows.length === 0 ? (
        <Nothing {...props} />
      ) : isNarrow ? (
        <CardList {...props} rows={rows} />
      ) : (
        <GridBody
          {...props}
          columns={layout.visible}
          layout={layout}
          rows={rows}
          sorts={sorts}
          onSort={setSorts}
        />
      )}
    </section>
  );
}

function useSortable<Row>(columns: TableProps<Row>['columns']): readonly string[] {
  return useMemo(() => columns.filter((column) => column.value).map((column) => column.id), [columns]);
}

/** The rows in the order that the address asks for; the same array while neither rows nor order change. */
function useSortedRows<Row extends object>({ columns, source, rowKey, defaultSort }: TableProps<Row>) {
  const [sorts] = useTableSort(useSortable(columns), defaultSort);
  const defs = useMemo(() => toColumnDefs(columns), [columns]);
  const sorting = useMemo(() => sorts.map(({ id, isDescending }) => ({ id, desc: isDescending })), [sorts]);
  const table = useTable({
    features,
    columns: defs,
    data: (source.rows ?? NO_ROWS) as Row[],
    state: { sorting },
    getRowId: (row: Row) => rowKey(row),
  });
  const model = table.getRowModel().rows;
  return useMemo(() => model.map((row) => row.original), [model]);
}

function Nothing<Row>({ empty, hasFilter, onClearFilter }: TableProps<Row>) {
  if (!hasFilter) return <EmptyState {...empty} />;
  return (
    <EmptyState
      title={t('Nothing matches these filters')}
      action={
        onClearFilter && (
          <Button size="sm" onClick={onClearFilter}>
            {t('Clear filters')}
          </Button>
        )
      }
    />
  );
}

function LoadingRows({ name }: { name: string }) {
  return (
    <div
      role="status"
      aria-label={t('Loading {{name}}', { name: name.toLowerCase() })}
      className="grid gap-2 p-3"
    >
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
        <Skeleton key={index} className="h-5" />
      ))}
    </div>
  );
}
