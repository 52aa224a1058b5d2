import {
  type ColumnDef,
  createSortedRowModel,
  type Row,
  type RowData,
  rowSortingFeature,
  sortFns,
  tableFeatures,
} from '@tanstack/react-table';
import type { Column } from '@/components/data-table/types';

export const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });
export type Features = typeof features;

const collator = new Intl.Collator('en-IN', { numeric: true, sensitivity: 'base' });

function compare<Data extends RowData>(a: Row<Features, Data>, b: Row<Features, Data>, id: string): number {
  const left = a.getValue(id);
  const right = b.getValue(id);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return collator.compare(String(left), String(right));
}

/** Our columns as the table library wants them; unknown values sort last in both directions. */
export function toColumnDefs<Data extends object>(
  columns: readonly Column<Data>[],
): ColumnDef<Features, Data>[] {
  return columns.map((column) => ({
    id: column.id,
    header: column.title,
    accessorFn: (row: Data) => column.value?.(row) ?? undefined,
    enableSorting: column.value !== undefined,
    sortFn: compare,
    sortUndefined: 'last' as const,
    cell: ({ row }: { row: Row<Features, Data> }) => column.cell(row.original),
  }));
}
