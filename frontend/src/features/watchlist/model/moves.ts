import type { Line, RowLine } from '@/features/watchlist/model/lines';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { Place } from '@/lib/watchlists/edits';
import { isSame, type List } from '@/lib/watchlists/model';

/** What is being moved. */
export type Moved =
  | { kind: 'row'; list: string; line: RowLine }
  | { kind: 'group'; list: string; id: string };

/** Where it would go, and the line on which edge of the indicator is drawn. */
export type Target =
  | { kind: 'row'; place: Place; line: number; isAfter: boolean }
  | { kind: 'group'; list: string; index: number; line: number; isAfter: boolean };

function placeBeside(list: List, line: Line, isAfter: boolean): Omit<Place, 'list'> {
  if (line.kind === 'gap') return { group: line.group, index: 0 };
  if (line.kind === 'row') return { group: line.group, index: line.index + Number(isAfter) };
  const at = list.groups.findIndex(({ id }) => id === line.group.id);
  const above = list.groups[at - 1];
  if (!isAfter && above) return { group: above.id, index: above.symbols.length };
  return { group: line.group.id, index: line.group.collapsed ? line.group.symbols.length : 0 };
}

function rowTarget(
  moved: Moved & { kind: 'row' },
  list: List,
  lines: readonly Line[],
  at: number,
  isAfter: boolean,
) {
  const line = lines[at];
  if (!line) {
    const last = list.groups.at(-1);
    const place = { list: list.id, group: last?.id ?? '', index: last?.symbols.length ?? 0 };
    return { kind: 'row', place, line: lines.length - 1, isAfter: true } as const;
  }
  const place = placeBeside(list, line, isAfter);
  // Places are counted without the row that moves.
  const isAbove =
    moved.list === list.id && moved.line.group === place.group && moved.line.index < place.index;
  return {
    kind: 'row',
    place: { list: list.id, group: place.group, index: place.index - Number(isAbove) },
    line: at,
    isAfter,
  } as const;
}

function groupOf(line: Line): string {
  return line.kind === 'group' ? line.group.id : line.group;
}

function groupTarget(
  moved: Moved & { kind: 'group' },
  list: List,
  lines: readonly Line[],
  at: number,
  isAfter: boolean,
) {
  const line = lines[at];
  const over = line ? list.groups.findIndex(({ id }) => id === groupOf(line)) : list.groups.length - 1;
  const isBefore = line?.kind === 'group' && !isAfter;
  const from = moved.list === list.id ? list.groups.findIndex(({ id }) => id === moved.id) : -1;
  const index = over + Number(!isBefore);
  const id = list.groups[over]?.id;
  const edge = isBefore ? at : lines.findLastIndex((one) => groupOf(one) === id);
  const isBelowItself = from >= 0 && from < index;
  return {
    kind: 'group',
    list: list.id,
    index: index - Number(isBelowItself),
    line: edge,
    isAfter: !isBefore,
  } as const;
}

/** Where something lands that is let go over a line; beyond the last one it becomes the last. */
export function targetAt(
  moved: Moved,
  list: List,
  lines: readonly Line[],
  at: number,
  isAfter: boolean,
): Target {
  return moved.kind === 'row'
    ? rowTarget(moved, list, lines, at, isAfter)
    : groupTarget(moved, list, lines, at, isAfter);
}

/** One step up or down by the keyboard: within the group, then into the one beside it. Null at the ends of the list. */
export function stepRow(list: List, ref: InstrumentRef, step: -1 | 1): Place | null {
  const at = list.groups.findIndex(({ symbols }) => symbols.some((row) => isSame(row, ref)));
  const group = list.groups[at];
  if (!group) return null;
  const index = group.symbols.findIndex((row) => isSame(row, ref)) + step;
  if (index >= 0 && index < group.symbols.length) return { list: list.id, group: group.id, index };
  const beside = list.groups[at + step];
  if (!beside) return null;
  return { list: list.id, group: beside.id, index: step === 1 ? 0 : beside.symbols.length };
}

/** In words, for who cannot see it: `SBIN is 2 of 7 in Banks`. */
export function describePlace(
  list: List,
  ref: InstrumentRef,
): { place: number; count: number; group: string } | null {
  for (const { name, symbols } of list.groups) {
    const at = symbols.findIndex((row) => isSame(row, ref));
    if (at >= 0) return { place: at + 1, count: symbols.length, group: name || list.name };
  }
  return null;
}
