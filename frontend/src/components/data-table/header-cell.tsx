import { ArrowDown, ArrowUp } from 'lucide-react';
import { type DragEvent, type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { COLUMN_WIDTH, ROOMY_ONLY } from '@/components/data-table/measures';
import type { Column } from '@/components/data-table/types';
import type { TableLayout } from '@/components/data-table/use-table-layout';
import { nextSorts, type Sort } from '@/components/data-table/use-table-sort';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

const DRAGGED = 'application/x-openalgo-column';
const STEP = 16;

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sorts: readonly Sort[];
  onSort: (sorts: readonly Sort[]) => void;
  layout: TableLayout<Row>;
  className?: string;
  left?: number;
}

/** One column's head: sorts (with Shift as a further key), is dragged to another place, and drawn to another width. */
export function HeaderCell<Row>({ column, sorts, onSort, layout, className, left }: HeaderCellProps<Row>) {
  const place = sorts.findIndex((sort) => sort.id === column.id);
  const sort = sorts[place];
  const direction = sort ? (sort.isDescending ? 'descending' : 'ascending') : 'none';
  const width = column.width ?? COLUMN_WIDTH;
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || !(event.altKey || event.shiftKey)) return;
    event.preventDefault();
    if (event.altKey) layout.move(column.id, by);
    else if (!column.isStretched) layout.resize(column.id, width + by * STEP);
  };
  const drop = (event: DragEvent) => {
    const id = event.dataTransfer.getData(DRAGGED);
    if (!id || id === column.id) return;
    event.preventDefault();
    layout.place(id, column.id);
  };
  return (
    <th
      scope="col"
      {...(column.value && { 'aria-sort': direction })}
      onDragOver={(event) => event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={drop}
      className={cn(
        'sticky top-0 z-10 h-7 whitespace-nowrap border-line border-b bg-panel px-1.5 font-medium text-muted text-xs first:pl-3 last:pr-3',
        column.align === 'right' ? 'text-right' : 'text-left',
        column.isRoomy && ROOMY_ONLY,
        className,
      )}
      style={{ ...(!column.isStretched && { width }), ...(left !== undefined && { left }) }}
    >
      {column.value ? (
        <button
          type="button"
          draggable
          title={t('Shift for a further sort, drag to move')}
          onDragStart={(event) => event.dataTransfer.setData(DRAGGED, column.id)}
          onClick={(event) => onSort(nextSorts(sorts, column.id, event.shiftKey))}
          onKeyDown={onKeyDown}
          className="inline-flex h-6 max-w-full items-center gap-0.5 hover:text-text"
        >
          <span className="truncate">{column.title}</span>
          {sort &&
            (sort.isDescending ? (
              <ArrowDown className="size-3 shrink-0" aria-hidden />
            ) : (
              <ArrowUp className="size-3 shrink-0" aria-hidden />
            ))}
          {sort && sorts.length > 1 && <span className="text-2xs">{place + 1}</span>}
        </button>
      ) : (
        column.title || <span className="sr-only">{t('Actions')}</span>
      )}
      {!column.isStretched && (
        <WidthHandle width={width} onResize={(next) => layout.resize(column.id, next)} />
      )}
    </th>
  );
}

/** For a pointer only: the keyboard widens a column with Shift and an arrow on its head. */
function WidthHandle({ width, onResize }: { width: number; onResize: (width: number) => void }) {
  const start = useRef<{ x: number; width: number } | null>(null);
  const move = ({ clientX }: PointerEvent) => {
    if (start.current) onResize(start.current.width + clientX - start.current.x);
  };
  return (
    <span
      aria-hidden
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        start.current = null;
      }}
      className="absolute inset-y-1 right-0 w-1.5 cursor-col-resize touch-none border-line border-r hover:border-accent"
    />
  );
}
