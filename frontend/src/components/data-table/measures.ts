import type { Column } from '@/components/data-table/types';

export const ROW_HEIGHT = 28;
export const COLUMN_WIDTH = 96;
export const BOX_WIDTH = 34;
const STRETCHED_MIN_WIDTH = 164;
/** Hidden until the table is wide enough; a container query, so no script runs for it. */
export const ROOMY_ONLY = 'hidden @min-[1240px]:table-cell';

/** Below this the table scrolls sideways rather than squeezing its figures. */
export function minWidthOf<Row>(columns: readonly Column<Row>[], hasBoxes: boolean): number {
  return columns
    .filter((column) => !column.isRoomy)
    .reduce(
      (sum, column) => sum + (column.isStretched ? STRETCHED_MIN_WIDTH : (column.width ?? COLUMN_WIDTH)),
      hasBoxes ? BOX_WIDTH : 0,
    );
}
