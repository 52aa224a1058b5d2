import type { InstrumentRef } from '@/lib/market-data/protocol';
import {
  type Edit,
  freshRow,
  type Group,
  isSame,
  type List,
  type Lists,
  type Row,
} from '@/lib/watchlists/model';

/** Where a row goes. `index` counts within the group as it is without the row. */
export interface Place {
  list: string;
  group: string;
  index: number;
}

const PLAIN_GROUP = 'top';

function onList(id: string, change: (list: List) => List): Edit {
  return (lists) => replaced(lists, id, change);
}

function replaced<T extends { id: string }>(
  all: readonly T[],
  id: string,
  change: (one: T) => T,
): readonly T[] {
  const at = all.findIndex((one) => one.id === id);
  const before = all[at];
  if (!before) return all;
  const after = change(before);
  return after === before ? all : all.with(at, after);
}

function onGroup(list: string, group: string, change: (group: Group) => Group): Edit {
  return onList(list, (one) => withGroups(one, replaced(one.groups, group, change)));
}

function withGroups(list: List, groups: readonly Group[]): List {
  return groups === list.groups ? list : { ...list, groups: [...groups] };
}

/** The array with an item at a place; places beyond the ends are the ends. */
function inserted<T>(all: readonly T[], index: number, item: T): T[] {
  return all.toSpliced(Math.max(0, Math.min(index, all.length)), 0, item);
}

function moved<T extends { id: string }>(all: readonly T[], id: string, index: number): readonly T[] {
  const item = all.find((one) => one.id === id);
  if (!item || all.indexOf(item) === index) return all;
  return inserted(
    all.filter((one) => one !== item),
    index,
    item,
  );
}

function holds(list: List, ref: InstrumentRef): boolean {
  return list.groups.some((group) => group.symbols.some((row) => isSame(row, ref)));
}

/** Appends an instrument to a group, or to the last one. */
export function addRow(list: string, ref: InstrumentRef, group?: string): Edit {
  return onList(list, (one) => {
    if (holds(one, ref)) return one;
    const target = one.groups.find(({ id }) => id === group) ?? one.groups.at(-1);
    if (!target) {
      return { ...one, groups: [{ id: PLAIN_GROUP, name: '', collapsed: false, symbols: [freshRow(ref)] }] };
    }
    return withGroups(
      one,
      replaced(one.groups, target.id, (into) => ({ ...into, symbols: [...into.symbols, freshRow(ref)] })),
    );
  });
}

/** Puts a row at a place; into the first group when its own is gone. */
export function insertRow({ list, group, index }: Place, row: Row): Edit {
  return onList(list, (one) => {
    if (holds(one, row)) return one;
    const target = one.groups.find(({ id }) => id === group) ?? one.groups[0];
    if (!target) return addRow(list, row)([one])[0] ?? one;
    return withGroups(
      one,
      replaced(one.groups, target.id, (into) => ({ ...into, symbols: inserted(into.symbols, index, row) })),
    );
  });
}

export function removeRow(list: string, ref: InstrumentRef): Edit {
  return onList(list, (one) =>
    holds(one, ref)
      ? {
          ...one,
          groups: one.groups.map((group) => ({
            ...group,
            symbols: group.symbols.filter((row) => !isSame(row, ref)),
          })),
        }
      : one,
  );
}

/** Takes a row from a list to a place on the same or another one; an instrument that stands there already stays. */
export function moveRow(from: string, ref: InstrumentRef, to: Place): Edit {
  return (lists) => {
    const source = lists.find(({ id }) => id === from);
    const target = lists.find(({ id }) => id === to.list);
    const row = source?.groups.flatMap(({ symbols }) => symbols).find((one) => isSame(one, ref));
    if (!source || !target || !row || (from !== to.list && holds(target, ref))) return lists;
    return insertRow(to, row)(removeRow(from, ref)(lists));
  };
}

export function addGroup(list: string, group: Group, index = Number.POSITIVE_INFINITY): Edit {
  return onList(list, (one) =>
    one.groups.some(({ id }) => id === group.id)
      ? one
      : { ...one, groups: inserted(one.groups, index, group) },
  );
}

export function renameGroup(list: string, group: string, name: string): Edit {
  return onGroup(list, group, (one) => ({ ...one, name }));
}

export function setCollapsed(list: string, group: string, collapsed: boolean): Edit {
  return onGroup(list, group, (one) => (one.collapsed === collapsed ? one : { ...one, collapsed }));
}

/** Takes a heading away. Its rows stay: they move to the end of the group above, or lose their heading. */
export function dissolveGroup(list: string, group: string): Edit {
  return onList(list, (one) => {
    const at = one.groups.findIndex(({ id }) => id === group);
    const [gone, above] = [one.groups[at], one.groups[at - 1]];
    if (!gone) return one;
    const others = one.groups.filter((other) => other !== gone);
    if (!above) {
      const plain = { ...gone, name: '', collapsed: false };
      return { ...one, groups: gone.symbols.length > 0 ? [plain, ...others] : others };
    }
    return withGroups(
      one,
      replaced(others, above.id, (into) => ({ ...into, symbols: [...into.symbols, ...gone.symbols] })),
    );
  });
}

/** Gives a group to a place on the same or another list; what stands on the other list already is left out. */
export function moveGroup(from: string, group: string, to: { list: string; index: number }): Edit {
  return (lists) => {
    const source = lists.find(({ id }) => id === from);
    const target = lists.find(({ id }) => id === to.list);
    const taken = source?.groups.find(({ id }) => id === group);
    if (!source || !target || !taken) return lists;
    if (source === target) {
      return onList(from, (one) => withGroups(one, moved(one.groups, group, to.index)))(lists);
    }
    const symbols = taken.symbols.filter((row) => !holds(target, row));
    const id = target.groups.some((one) => one.id === taken.id)
      ? `${taken.id}-${target.groups.length}`
      : taken.id;
    const without = onList(from, (one) => ({
      ...one,
      groups: one.groups.filter((other) => other !== taken),
    }));
    return addGroup(to.list, { ...taken, id, symbols }, to.index)(without(lists));
  };
}

export function addList(list: List, index = Number.POSITIVE_INFINITY): Edit {
  return (lists) => (lists.some(({ id }) => id === list.id) ? lists : inserted(lists, index, list));
}

export function renameList(id: string, name: string): Edit {
  return onList(id, (one) => (one.name === name ? one : { ...one, name }));
}

/** The last list stays: there is always one. */
export function removeList(id: string): Edit {
  return (lists) => {
    const others = lists.filter((one) => one.id !== id);
    return others.length === 0 || others.length === lists.length ? lists : others;
  };
}

export function moveList(id: string, index: number): Edit {
  return (lists) => moved(lists, id, index) as Lists;
}
