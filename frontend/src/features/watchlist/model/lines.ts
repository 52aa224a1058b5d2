import type { InstrumentRef } from '@/lib/market-data/protocol';
import { instrumentKey } from '@/lib/market-data/protocol';
import type { Group, List, Row } from '@/lib/watchlists/model';

export type Sort = 'own' | 'symbol' | 'change' | 'change_desc';

/** A line on show: a heading, an instrument, or the room of an empty group. `index` counts within the group. */
export type Line =
  | { kind: 'group'; key: string; group: Group }
  | { kind: 'row'; key: string; row: Row; group: string; index: number }
  | { kind: 'gap'; key: string; group: string };

export type RowLine = Extract<Line, { kind: 'row' }>;

function rowLine(row: Row, group: string, index: number): RowLine {
  return { kind: 'row', key: instrumentKey(row.exchange, row.symbol), row, group, index };
}

function linesOfGroup(group: Group): Line[] {
  const rows = group.symbols.map((row, index) => rowLine(row, group.id, index));
  if (!group.name) return rows;
  const heading: Line = { kind: 'group', key: `group:${group.id}`, group };
  if (group.collapsed) return [heading];
  return [
    heading,
    ...(rows.length > 0 ? rows : [{ kind: 'gap', key: `gap:${group.id}`, group: group.id } as const]),
  ];
}

function allRows(list: List): RowLine[] {
  return list.groups.flatMap((group) => group.symbols.map((row, index) => rowLine(row, group.id, index)));
}

/**
 * What is shown of a list. Sorted, it is one run of rows without headings; each row still knows its own place, so
 * that the user's order is there again when the sort ends. `changeOf` answers percent, null while it is unknown.
 */
export function linesOf(list: List, sort: Sort, changeOf: (ref: InstrumentRef) => number | null): Line[] {
  if (sort === 'own') return list.groups.flatMap(linesOfGroup);
  const rows = allRows(list);
  if (sort === 'symbol') return rows.sort((one, other) => one.row.symbol.localeCompare(other.row.symbol));
  const sign = sort === 'change' ? 1 : -1;
  const changes = new Map(rows.map((line) => [line.key, changeOf(line.row)]));
  return rows.sort((one, other) => {
    const [a, b] = [changes.get(one.key) ?? null, changes.get(other.key) ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (a - b);
  });
}

/** What a press on the heading of the change column does. */
export function nextSort(sort: Sort): Sort {
  return sort === 'change_desc' ? 'change' : sort === 'change' ? 'own' : 'change_desc';
}

/** An instrument that has a price now: of the others nothing is asked. */
export function hasPrice({ state }: Row): boolean {
  return state !== 'expired' && state !== 'unlisted';
}
