import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { Column, RowDetail, TableProps } from '@/components/data-table/types';
import type { Sort } from '@/components/data-table/use-table-sort';
import { cn } from '@/lib/cn';

const ROW_HEIGHT = 28;
const COLUMN_WIDTH = 96;
const STRETCHED_MIN_WIDTH = 200;
const ROOMY_ONLY = 'hidden @min-[1240px]:table-cell';

/** Below this the table scrolls sideways rather than squeezing its figures. */
function minWidthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns
    .filter((column) => !column.isRoomy)
    .reduce(
      (sum, column) => sum + (column.isStretched ? STRETCHED_MIN_WIDTH : (column.width ?? COLUMN_WIDTH)),
      0,
    );
}

interface GridBodyProps<Row> extends TableProps<Row> {
  rows: readonly Row[];
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
}

function nextIndex(key: string, at: number, last: number): number | null {
  const target: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: last,
    PageDown: at + 20,
    PageUp: at - 20,
  };
  const index = target[key];
  return index === undefined ? null : Math.min(last, Math.max(0, index));
}

export function GridBody<Row>(props: GridBodyProps<Row>) {
  const { rows, columns, rowKey, describeRow, name } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const reachable = Math.min(current, rows.length - 1);

  const walk = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLTableRowElement)) return;
    const index = nextIndex(event.key, reachable, rows.length - 1);
    if (index === null) return;
    event.preventDefault();
    setCurrent(index);
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`)?.focus();
    });
  };

  return (
    <div ref={scroller} className="@container min-h-0 flex-1 overflow-auto">
      <table
        aria-label={name}
        aria-rowcount={rows.length + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
        style={{ minWidth: minWidthOf(columns) }}
      >
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={walk}>
          {before > 0 && <Spacer height={before} />}
          {items.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <GridRow
                key={rowKey(row)}
                row={row}
                index={item.index}
                columns={columns}
                detail={describeRow?.(row)}
                isReachable={item.index === reachable}
                onFocus={setCurrent}
              />
            );
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
        {props.totals && <Totals columns={columns} totals={props.totals} />}
      </table>
    </div>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderCellProps<Row>) {
  const isSorted = sort?.id === column.id;
  const direction = isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none';
  const cycle = () => {
    if (!isSorted) onSort({ id: column.id, isDescending: false });
    else if (!sort.isDescending) onSort({ id: column.id, isDescending: true });
    else onSort(undefined);
  };
  return (
    <th
      scope="col"
      {...(column.value && { 'aria-sort': direction })}
      className={cn(
        'sticky top-0 z-10 h-7 whitespace-nowrap border-line border-b bg-panel px-1.5 font-medium text-muted text-xs first:pl-3 last:pr-3',
        column.align === 'right' ? 'text-right' : 'text-left',
        column.isRoomy && ROOMY_ONLY,
      )}
      style={column.isStretched ? undefined : { width: column.width ?? COLUMN_WIDTH }}
    >
      {column.value ? (
        <button
          type="button"
          onClick={cycle}
          className="inline-flex h-6 items-center gap-0.5 hover:text-text"
        >
          {column.title}
          {isSorted &&
            (sort.isDescending ? (
              <ArrowDown className="size-3" aria-hidden />
            ) : (
              <ArrowUp className="size-3" aria-hidden />
            ))}
        </button>
      ) : (
        column.title || <span className="sr-only">Actions</span>
      )}
    </th>
  );
}

interface GridRowProps<Row> {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  detail: RowDetail | undefined;
  isReachable: boolean;
  onFocus: (index: number) => void;
}

function GridRow<Row>({ row, index, columns, detail, isReachable, onFocus }: GridRowProps<Row>) {
  const target = detail?.instrument;
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      tabIndex={isReachable ? 0 : -1}
      onFocus={() => onFocus(index)}
      data-symbol={target?.symbol}
      data-exchange={target?.exchange}
      data-quantity={target?.quantity}
      data-product={target?.product}
      className={cn(
        'group/row h-7 outline-offset-[-2px] hover:bg-hover focus-visible:bg-hover',
        detail?.isDimmed && 'text-muted',
      )}
    >
      {columns.map((column) => (
        <td
          key={column.id}
          className={cn(
            'h-7 truncate border-line border-b px-1.5 first:pl-3 last:pr-3',
            column.align === 'right' && 'text-right tabular-nums',
            column.isRoomy && ROOMY_ONLY,
          )}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Stands for the rows outside the window. One cell only: a span over hidden columns would bring them back as gaps. */
function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

function Totals<Row>({
  columns,
  totals,
}: {
  columns: readonly Column<Row>[];
  totals: NonNullable<TableProps<Row>['totals']>;
}) {
  return (
    <tfoot>
      <tr>
        {columns.map((column) => (
          <td
            key={column.id}
            className={cn(
              'sticky bottom-0 h-8 whitespace-nowrap border-line-strong border-t bg-panel px-1.5 font-semibold first:pl-3 last:pr-3',
              column.align === 'right' && 'text-right tabular-nums',
              column.isRoomy && ROOMY_ONLY,
            )}
          >
            {totals[column.id]}
          </td>
        ))}
      </tr>
    </tfoot>
  );
}
