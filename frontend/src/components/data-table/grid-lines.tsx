import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { BOX_WIDTH, ROOMY_ONLY } from '@/components/data-table/measures';
import type { Column, RowDetail } from '@/components/data-table/types';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

const LINE = 'h-7 truncate border-line border-b';
const SUM = 'sticky bottom-0 z-[6] h-8 whitespace-nowrap border-line-strong border-t bg-panel font-semibold';
const STICKY = 'sticky z-[5] bg-bg group-hover/row:bg-hover group-aria-selected/row:bg-raised';

/** Where the first column stays while the others scroll sideways. */
export function leftOf(index: number, hasBoxes: boolean): number | undefined {
  return index === 0 ? (hasBoxes ? BOX_WIDTH : 0) : undefined;
}

/** How a cell of a row, a group or the sums stands in its column; `sticky` is added where it stays while others scroll. */
function cellOf<R>(column: Column<R>, place: number, hasBoxes: boolean, own: string, sticky: string) {
  const left = leftOf(place, hasBoxes);
  return {
    style: left === undefined ? undefined : { left },
    className: cn(
      'px-1.5 first:pl-3 last:pr-3',
      own,
      column.align === 'right' && 'text-right tabular-nums',
      column.isRoomy && ROOMY_ONLY,
      left !== undefined && sticky,
    ),
  };
}

interface GridRowProps<Row> {
  row: Row;
  rowId: string;
  index: number;
  columns: readonly Column<Row>[];
  describeRow: ((row: Row) => RowDetail) | undefined;
  isReachable: boolean;
  /** Absent where rows are not markable. */
  isMarked: boolean | undefined;
  onMark: (rowId: string, isRange: boolean) => void;
  onFocus: (index: number) => void;
}

function Row<R>({ row, rowId, index, columns, describeRow, isReachable, ...rest }: GridRowProps<R>) {
  const { isMarked, onMark, onFocus } = rest;
  const detail = describeRow?.(row);
  const target = detail?.instrument;
  const hasBoxes = isMarked !== undefined;
  return (
    <tr
      data-index={index}
      data-key={rowId}
      aria-rowindex={index + 2}
      aria-selected={isMarked}
      tabIndex={isReachable ? 0 : -1}
      onFocus={() => onFocus(index)}
      data-symbol={target?.symbol}
      data-exchange={target?.exchange}
      data-quantity={target?.quantity}
      data-product={target?.product}
      className={cn(
        'group/row h-7 outline-offset-[-2px] hover:bg-hover focus-visible:bg-hover aria-selected:bg-raised',
        detail?.isDimmed && 'text-muted',
      )}
    >
      {hasBoxes && (
        <td className={cn('left-0 h-7 border-line border-b pl-3', STICKY)}>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isMarked}
            aria-label={t('Select {{row}}', { row: target?.symbol ?? rowId })}
            onChange={(event) => onMark(rowId, (event.nativeEvent as MouseEvent).shiftKey === true)}
            className="block size-4 accent-[var(--accent)]"
          />
        </td>
      )}
      {columns.map((column, place) => (
        <td key={column.id} {...cellOf(column, place, hasBoxes, LINE, STICKY)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Drawn again only when its own row, marks or columns changed: a moving focus or a scroll leaves the others alone. */
export const GridRow = memo(Row) as typeof Row;

interface GroupLineProps<R> {
  group: string;
  count: number;
  isOpen: boolean;
  index: number;
  isReachable: boolean;
  columns: readonly Column<R>[];
  cells: Partial<Record<string, ReactNode>>;
  detail: ReactNode;
  hasBoxes: boolean;
  onFold: (group: string) => void;
  onFocus: (index: number) => void;
}

/** The line above the rows of one group: their name, their number and their sums. */
export function GroupLine<R>(props: GroupLineProps<R>) {
  const { group, count, isOpen, index, columns, cells, hasBoxes } = props;
  return (
    <tr
      data-index={index}
      data-group={group}
      aria-rowindex={index + 2}
      tabIndex={props.isReachable ? 0 : -1}
      onFocus={() => props.onFocus(index)}
      className="h-7 bg-panel outline-offset-[-2px]"
    >
      {hasBoxes && <td className="sticky left-0 z-[5] border-line border-b bg-panel" />}
      {columns.map((column, place) => (
        <td
          key={column.id}
          {...cellOf(column, place, hasBoxes, `${LINE} font-semibold`, 'sticky z-[5] bg-panel')}
        >
          {place === 0 ? (
            <>
              <button
                type="button"
                tabIndex={-1}
                aria-expanded={isOpen}
                onClick={() => props.onFold(group)}
                className="inline-flex items-center gap-1"
              >
                {isOpen ? <ChevronDown className="size-3.5" /> : <ChevronRight className="size-3.5" />}
                {group} <span className="font-normal text-muted">{count}</span>
              </button>
              {props.detail}
            </>
          ) : (
            cells[column.id]
          )}
        </td>
      ))}
    </tr>
  );
}

/** Stands for the rows outside the window. One cell only: a span over hidden columns would bring them back as gaps. */
export function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

interface TotalsProps<R> {
  columns: readonly Column<R>[];
  totals: Partial<Record<string, ReactNode>>;
  hasBoxes: boolean;
}

export function Totals<R>({ columns, totals, hasBoxes }: TotalsProps<R>) {
  return (
    <tfoot>
      <tr>
        {hasBoxes && <td className="sticky bottom-0 left-0 z-10 h-8 border-line-strong border-t bg-panel" />}
        {columns.map((column, place) => (
          <td key={column.id} {...cellOf(column, place, hasBoxes, SUM, 'z-10')}>
            {totals[column.id]}
          </td>
        ))}
      </tr>
    </tfoot>
  );
}
