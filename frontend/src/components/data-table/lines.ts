import type { Grouping } from '@/components/data-table/types';

export type Line<Row> =
  | { kind: 'row'; row: Row; group: string | null }
  | { kind: 'group'; group: string; rows: readonly Row[]; isOpen: boolean };

/** What the table draws, line by line: plain rows, or groups in the order of their first row with their rows beneath. */
export function linesOf<Row>(
  rows: readonly Row[],
  grouping: Grouping<Row> | undefined,
  folded: ReadonlySet<string>,
): Line<Row>[] {
  if (!grouping) return rows.map((row) => ({ kind: 'row', row, group: null }));
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = grouping.groupOf(row);
    const known = groups.get(group);
    if (known) known.push(row);
    else groups.set(group, [row]);
  }
  return [...groups].flatMap(([group, members]): Line<Row>[] => {
    const isOpen = !folded.has(group);
    const head: Line<Row> = { kind: 'group', group, rows: members, isOpen };
    return isOpen ? [head, ...members.map((row): Line<Row> => ({ kind: 'row', row, group }))] : [head];
  });
}
