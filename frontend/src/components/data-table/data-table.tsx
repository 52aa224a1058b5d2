import { useTable } from '@tanstack/react-table';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import { CardList } from '@/components/data-table/card-list';
import { GridBody } from '@/components/data-table/grid-body';
import { features, toColumnDefs } from '@/components/data-table/model';
import type { TableProps } from '@/components/data-table/types';
import { useTableSort } from '@/components/data-table/use-table-sort';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { useIsNarrow } from '@/hooks/use-media-query';
import { downloadCsv, toCsv } from '@/lib/csv';

const NO_ROWS: never[] = [];

/** The one table of the desk: sorted, virtual, keyboard-walkable, with its loading, empty, error and stale states. */
export function DataTable<Row extends object>(props: TableProps<Row>) {
  const { columns, source, name, defaultSort } = props;
  const isNarrow = useIsNarrow();
  const sortable = useMemo(
    () => columns.filter((column) => column.value).map((column) => column.id),
    [columns],
  );
  const [sort, setSort] = useTableSort(sortable, defaultSort);
  const defs = useMemo(() => toColumnDefs(columns), [columns]);
  const sortId = sort?.id;
  const isDescending = sort?.isDescending ?? false;
  const sorting = useMemo(() => (sortId ? [{ id: sortId, desc: isDescending }] : []), [sortId, isDescending]);
  const data = (source.rows ?? NO_ROWS) as Row[];
  const table = useTable({
    features,
    columns: defs,
    data,
    state: { sorting },
    getRowId: (row: Row) => props.rowKey(row),
  });
  const rows = table.getRowModel().rows.map((row) => row.original);

  return (
    <section aria-label={name} className="flex min-h-0 flex-1 flex-col">
      {props.toolbar && (
        <div className="flex min-h-10 flex-wrap items-center gap-2 border-b border-line px-3 py-1">
          {props.toolbar}
          {!isNarrow && rows.length > 0 && <CsvButton name={name} columns={columns} rows={rows} />}
        </div>
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
        <GridBody {...props} rows={rows} sort={sort} onSort={setSort} />
      )}
    </section>
  );
}

function CsvButton<Row>({
  name,
  columns,
  rows,
}: Pick<TableProps<Row>, 'name' | 'columns'> & { rows: readonly Row[] }) {
  const save = () => {
    const exported = columns.flatMap(({ title, value, isScreenOnly }) =>
      value && !isScreenOnly ? [{ title, value }] : [],
    );
    downloadCsv(`${name.toLowerCase().replaceAll(/\W+/g, '-')}.csv`, toCsv(exported, rows));
  };
  return (
    <Button variant="ghost" size="sm" className="ml-auto" onClick={save}>
      <Download /> CSV
    </Button>
  );
}

function Nothing<Row>({ empty, hasFilter, onClearFilter }: TableProps<Row>) {
  if (!hasFilter) return <EmptyState {...empty} />;
  return (
    <EmptyState
      title="Nothing matches these filters"
      action={
        onClearFilter && (
          <Button size="sm" onClick={onClearFilter}>
            Clear filters
          </Button>
        )
      }
    />
  );
}

function LoadingRows({ name }: { name: string }) {
  return (
    <div role="status" aria-label={`Loading ${name.toLowerCase()}`} className="grid gap-2 p-3">
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
        <Skeleton key={index} className="h-5" />
      ))}
    </div>
  );
}
