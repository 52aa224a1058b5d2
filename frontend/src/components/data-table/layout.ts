import type { Column } from '@/components/data-table/types';

/** How a trader arranged one table. Columns it does not name stand where the table puts them. */
export interface Layout {
  order: readonly string[];
  /** Chosen or put away; what is not named shows as the table says. */
  shown: Readonly<Record<string, boolean>>;
  /** Pixels. */
  widths: Readonly<Record<string, number>>;
}

export const PLAIN: Layout = { order: [], shown: {}, widths: {} };
export const NARROWEST = 40;
const WIDEST = 640;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A stored layout, or the plain one where it cannot be read. */
export function readLayout(stored: unknown): Layout {
  if (!isRecord(stored)) return PLAIN;
  const { order, shown, widths } = stored;
  return {
    order: Array.isArray(order) ? order.filter((id): id is string => typeof id === 'string') : [],
    shown: Object.fromEntries(
      Object.entries(isRecord(shown) ? shown : {}).filter((pair): pair is [string, boolean] => {
        return typeof pair[1] === 'boolean';
      }),
    ),
    widths: Object.fromEntries(
      Object.entries(isRecord(widths) ? widths : {}).flatMap(([id, width]) =>
        typeof width === 'number' ? [[id, clampWidth(width)]] : [],
      ),
    ),
  };
}

/** Tables whose columns the server keeps, by their names there (services/desk/documents.py). */
export type BookName =
  | 'orders'
  | 'trades'
  | 'positions'
  | 'holdings'
  | 'gtts'
  | 'profit'
  | 'profit_strategies'
  | 'baskets'
  | 'approvals'
  | 'search'
  | 'watchlist';

/** A layout as the server has it: what is put away and what is chosen are lists. */
interface KeptLayout {
  order: readonly string[];
  hidden: readonly string[];
  shown: readonly string[];
  widths: Readonly<Record<string, number>>;
}

export function toKept({ order, shown, widths }: Layout): KeptLayout {
  const ids = (wanted: boolean) => Object.keys(shown).filter((id) => shown[id] === wanted);
  return { order, hidden: ids(false), shown: ids(true), widths };
}

/** The layout that the server keeps, or null where it keeps none that can be read. */
export function fromKept(kept: unknown): Layout | null {
  if (!isRecord(kept)) return null;
  const ids = (list: unknown, is: boolean) =>
    (Array.isArray(list) ? list : []).flatMap((id) => (typeof id === 'string' ? [[id, is] as const] : []));
  return readLayout({
    order: kept.order,
    shown: Object.fromEntries([...ids(kept.hidden, false), ...ids(kept.shown, true)]),
    widths: kept.widths,
  });
}

export function isPlain({ order, shown, widths }: Layout): boolean {
  return order.length + Object.keys(shown).length + Object.keys(widths).length === 0;
}

export function clampWidth(width: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, Math.round(width)));
}

/** Every column in the trader's order; a column that is new since keeps its place after its neighbour. */
export function ordered<C extends { id: string }>(columns: readonly C[], order: readonly string[]): C[] {
  const byId = new Map(columns.map((column) => [column.id, column]));
  const placed = order.filter((id) => byId.has(id));
  columns.forEach((column, index) => {
    if (placed.includes(column.id)) return;
    const before = columns[index - 1]?.id;
    placed.splice(before === undefined ? 0 : placed.indexOf(before) + 1, 0, column.id);
  });
  return placed.flatMap((id) => byId.get(id) ?? []);
}

export function isShown<Row>(column: Column<Row>, layout: Layout): boolean {
  return column.isFixed || (layout.shown[column.id] ?? !column.isOptional);
}

/** The columns on screen: in order, without those put away, as wide as they were drawn. */
export function arrange<Row>(columns: readonly Column<Row>[], layout: Layout): Column<Row>[] {
  return ordered(columns, layout.order)
    .filter((column) => isShown(column, layout))
    .map((column) => {
      const width = layout.widths[column.id];
      // A chosen column stays whatever the room; a drawn one is as wide as it was drawn.
      const change = {
        ...(layout.shown[column.id] && { isRoomy: false }),
        ...(width !== undefined && { width, isStretched: false }),
      };
      return Object.keys(change).length > 0 ? { ...column, ...change } : column;
    });
}

/** The order after moving one column by some places, or to where another stands. */
export function moved(ids: readonly string[], id: string, to: number): string[] {
  const others = ids.filter((one) => one !== id);
  others.splice(Math.min(others.length, Math.max(0, to)), 0, id);
  return others;
}
