import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { GridRow, GroupLine, leftOf, Spacer, Totals } from '@/components/data-table/grid-lines';
import { HeaderCell } from '@/components/data-table/header-cell';
import { type Line, linesOf } from '@/components/data-table/lines';
import { BOX_WIDTH, minWidthOf, ROW_HEIGHT } from '@/components/data-table/measures';
import type { Column, Selection, TableProps } from '@/components/data-table/types';
import { gridKeys } from '@/components/data-table/use-grid-keys';
import { toggled, withRange } from '@/components/data-table/use-row-selection';
import type { TableLayout } from '@/components/data-table/use-table-layout';
import type { Sort } from '@/components/data-table/use-table-sort';
import { t } from '@/messages/words';
import { useAppearance } from '@/stores/appearance';

interface GridBodyProps<Row> extends Omit<TableProps<Row>, 'columns'> {
  rows: readonly Row[];
  /** As arranged by the trader. */
  columns: readonly Column<Row>[];
  layout: TableLayout<Row>;
  sorts: readonly Sort[];
  onSort: (sorts: readonly Sort[]) => void;
}

/** What has a double click of its own. */
const CONTROLS = ['a', 'button', 'input'].join();
const NO_GROUPS: ReadonlySet<string> = new Set();

/** Marking by box, key and range, the same function for as long as the table stands, so that rows need not be drawn anew. */
function useMarking<Row>(
  selection: Selection | undefined,
  rows: readonly Row[],
  rowKey: (row: Row) => string,
) {
  const latest = useRef({ selection, rows, rowKey });
  const anchor = useRef<string | null>(null);
  useLayoutEffect(() => {
    latest.current = { selection, rows, rowKey };
  });
  return useCallback((key: string, isRange: boolean) => {
    const { selection: now, rows: shown, rowKey: keyOf } = latest.current;
    if (!now) return;
    const from = anchor.current;
    const keys =
      isRange && from !== null ? withRange(now.keys, shown.map(keyOf), from, key) : toggled(now.keys, key);
    anchor.current = key;
    latest.current = { selection: { ...now, keys }, rows: shown, rowKey: keyOf };
    now.change(keys);
  }, []);
}

export function GridBody<Row>(props: GridBodyProps<Row>) {
  const { rows, columns, rowKey, name, selection, grouping, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [folded, setFolded] = useState(NO_GROUPS);
  const lines = useMemo(() => linesOf(rows, grouping, folded), [rows, grouping, folded]);
  // Rows are sized in rem, which the comfortable density makes larger.
  const rowHeight = useAppearance(({ density }) =>
    density === 'comfortable' ? ROW_HEIGHT * 1.125 : ROW_HEIGHT,
  );
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    useFlushSync: false,
  });
  const mark = useMarking(selection, rows, rowKey);
  const fold = useCallback((group: string) => setFolded((now) => toggled(now, group)), []);
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const reachable = Math.min(current, lines.length - 1);
  const hasBoxes = selection !== undefined;

  const goTo = (index: number) => {
    setCurrent(index);
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`)?.focus();
    });
  };
  const onKeyDown = gridKeys<Row>({
    lines,
    at: reachable,
    goTo,
    onOpen,
    onFold: fold,
    onMark: selection && ((row, isRange) => mark(rowKey(row), isRange)),
    onMarkAll: selection && (() => selection.change(new Set(rows.map(rowKey)))),
    onUnmark: selection && selection.keys.size > 0 ? () => selection.change(new Set()) : undefined,
  });
  const onDoubleClick = ({ target }: MouseEvent) => {
    const element = target as HTMLElement;
    const line = lines[Number(element.closest('tr')?.dataset.index)];
    if (line?.kind === 'row' && !element.closest(CONTROLS)) onOpen?.(line.row);
  };

  return (
    <div ref={scroller} className="@container min-h-0 flex-1 overflow-auto">
      <table
        aria-label={name}
        aria-rowcount={lines.length + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
        style={{ minWidth: minWidthOf(columns, hasBoxes) }}
      >
        <thead>
          <tr>
            {selection && <AllBox selection={selection} rows={rows} rowKey={rowKey} />}
            {columns.map((column, place) => {
              const left = leftOf(place, hasBoxes);
              return (
                <HeaderCell
                  key={column.id}
                  column={column}
                  sorts={props.sorts}
                  onSort={props.onSort}
                  layout={props.layout}
                  left={left}
                  className={left === undefined ? undefined : 'z-20'}
                />
              );
            })}
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown} onDoubleClick={onDoubleClick}>
          {before > 0 && <Spacer height={before} />}
          {items.map((item) => (
            <GridLine
              key={lineKey(lines[item.index], rowKey, item.index)}
              line={lines[item.index]}
              index={item.index}
              isReachable={item.index === reachable}
              onMark={mark}
              onFold={fold}
              onFocus={setCurrent}
              table={props}
            />
          ))}
          {after > 0 && <Spacer height={after} />}
        </tbody>
        {props.totals && <Totals columns={columns} totals={props.totals} hasBoxes={hasBoxes} />}
      </table>
    </div>
  );
}

function lineKey<Row>(line: Line<Row> | undefined, rowKey: (row: Row) => string, index: number): string {
  if (!line) return String(index);
  return line.kind === 'row' ? rowKey(line.row) : `group:${line.group}`;
}

interface GridLineProps<Row> {
  line: Line<Row> | undefined;
  index: number;
  isReachable: boolean;
  onMark: (key: string, isRange: boolean) => void;
  onFold: (group: string) => void;
  onFocus: (index: number) => void;
  table: GridBodyProps<Row>;
}

function GridLine<Row>({ line, index, isReachable, onMark, onFold, onFocus, table }: GridLineProps<Row>) {
  const { columns, describeRow, grouping, rowKey, selection } = table;
  if (!line) return null;
  if (line.kind === 'group') {
    return (
      <GroupLine
        group={line.group}
        count={line.rows.length}
        isOpen={line.isOpen}
        index={index}
        isReachable={isReachable}
        columns={columns}
        cells={grouping?.cells(line.group, line.rows) ?? {}}
        detail={grouping?.detail?.(line.group, line.rows)}
        hasBoxes={selection !== undefined}
        onFold={onFold}
        onFocus={onFocus}
      />
    );
  }
  const key = rowKey(line.row);
  return (
    <GridRow
      row={line.row}
      rowId={key}
      index={index}
      columns={columns}
      describeRow={describeRow}
      isReachable={isReachable}
      isMarked={selection?.keys.has(key)}
      onMark={onMark}
      onFocus={onFocus}
    />
  );
}

interface AllBoxProps<Row> {
  selection: Selection;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

/** Marks every row that the filters leave, or none. */
function AllBox<Row>({ selection, rows, rowKey }: AllBoxProps<Row>) {
  const isAll = selection.keys.size === rows.length && rows.length > 0;
  return (
    <th
      scope="col"
      className="sticky top-0 left-0 z-20 h-7 border-line border-b bg-panel pl-3"
      style={{ width: BOX_WIDTH }}
    >
      <input
        type="checkbox"
        aria-label={t('Select all rows')}
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = selection.keys.size > 0 && !isAll;
        }}
        onChange={() => selection.change(new Set(isAll ? [] : rows.map(rowKey)))}
        className="block size-4 accent-[var(--accent)]"
      />
    </th>
  );
}
