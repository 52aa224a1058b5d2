import type { ReactNode } from 'react';
import type { BookName } from '@/components/data-table/layout';
import type { InstrumentRef } from '@/lib/market-data/protocol';

export type CellValue = string | number | null | undefined;

export interface Column<Row> {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** What sorting and the CSV file use; a column without it is not sortable and not exported. */
  value?: (row: Row) => CellValue;
  align?: 'left' | 'right';
  width?: number;
  /** Takes the space that is left. */
  isStretched?: boolean;
  /** Shown only where the table has room; always in the CSV file of everything. */
  isRoomy?: boolean;
  /** Hidden until it is chosen; always in the CSV file of everything. */
  isOptional?: boolean;
  /** Cannot be put away. */
  isFixed?: boolean;
  /** Left out of the CSV file though sortable. */
  isScreenOnly?: boolean;
}

/** The part of a query a table needs; `data` is absent until the first answer. */
export interface Loadable<Row> {
  rows: readonly Row[] | undefined;
  error: unknown;
  isRefreshing: boolean;
  retry: () => void;
}

export interface RowDetail {
  /** Makes B and S on this row open the ticket for this instrument. */
  instrument?: InstrumentRef & { quantity?: number; product?: string };
  isDimmed?: boolean;
}

/** The rows a trader has marked, by row key. */
export interface Selection {
  keys: ReadonlySet<string>;
  change: (keys: ReadonlySet<string>) => void;
}

/** Rows that belong together under one line with its own figures. */
export interface Grouping<Row> {
  groupOf: (row: Row) => string;
  /** Cells of the group's line, by column id. */
  cells: (group: string, rows: readonly Row[]) => Partial<Record<string, ReactNode>>;
  /** Stands behind the group's name. */
  detail?: (group: string, rows: readonly Row[]) => ReactNode;
}

export interface TableProps<Row> {
  /** Names the table to screen readers and the CSV file. */
  name: string;
  /** Keeps the column layout with the user, on the server; without it this browser keeps it under the name. */
  book?: BookName;
  columns: readonly Column<Row>[];
  source: Loadable<Row>;
  rowKey: (row: Row) => string;
  empty: { title: string; hint?: ReactNode; action?: ReactNode };
  describeRow?: (row: Row) => RowDetail;
  /** How one row looks on a phone. */
  card: (row: Row) => ReactNode;
  /** Cells of the bottom row, by column id. */
  totals?: Partial<Record<string, ReactNode>>;
  defaultSort?: { id: string; isDescending: boolean };
  toolbar?: ReactNode;
  /** Rows that exist before filtering, to tell "nothing here" from "nothing matches". */
  hasFilter?: boolean;
  onClearFilter?: () => void;
  /** Every row before filtering, for the CSV file of all. */
  allRows?: readonly Row[];
  /** Makes rows markable with Space and a box in front. */
  selection?: Selection;
  /** What Enter and a double click on a row do. */
  onOpen?: (row: Row) => void;
  grouping?: Grouping<Row>;
}
