import { describe, expect, it } from 'vitest';
import {
  addGroup,
  addList,
  addRow,
  dissolveGroup,
  insertRow,
  moveGroup,
  moveList,
  moveRow,
  removeList,
  removeRow,
  renameGroup,
  renameList,
  setCollapsed,
} from '@/lib/watchlists/edits';
import { type Edit, freshRow, type Lists } from '@/lib/watchlists/model';

const ref = (symbol: string) => ({ symbol, exchange: 'NSE' });
const group = (id: string, ...symbols: string[]) => ({
  id,
  name: id,
  collapsed: false,
  symbols: symbols.map((symbol) => freshRow(ref(symbol))),
});
const LISTS: Lists = [
  { id: 'a', name: 'A', groups: [group('one', 'SBIN', 'INFY'), group('two', 'TCS')] },
  { id: 'b', name: 'B', groups: [group('one', 'TCS')] },
  { id: 'c', name: 'C', groups: [] },
];

/** `a: one(SBIN INFY) two(TCS)` */
function said(lists: Lists): string[] {
  return lists.map(
    ({ id, groups }) =>
      `${id}: ${groups.map((one) => `${one.id}(${one.symbols.map(({ symbol }) => symbol).join(' ')})`).join(' ')}`,
  );
}

const result = (edit: Edit) => said(edit(LISTS));

describe('rows', () => {
  it('are appended to the last group, to a named one, or to a group that comes with them', () => {
    expect(result(addRow('a', ref('ITC')))[0]).toBe('a: one(SBIN INFY) two(TCS ITC)');
    expect(result(addRow('a', ref('ITC'), 'one'))[0]).toBe('a: one(SBIN INFY ITC) two(TCS)');
    expect(result(addRow('c', ref('ITC')))[2]).toBe('c: top(ITC)');
  });

  it('stand once on a list', () => {
    expect(addRow('a', ref('TCS'), 'one')(LISTS)).toBe(LISTS);
    expect(moveRow('b', ref('TCS'), { list: 'a', group: 'one', index: 0 })(LISTS)).toBe(LISTS);
  });

  it('move within a group, to another one and to another list', () => {
    expect(result(moveRow('a', ref('SBIN'), { list: 'a', group: 'one', index: 1 }))[0]).toBe(
      'a: one(INFY SBIN) two(TCS)',
    );
    expect(result(moveRow('a', ref('SBIN'), { list: 'a', group: 'two', index: 0 }))[0]).toBe(
      'a: one(INFY) two(SBIN TCS)',
    );
    expect(result(moveRow('a', ref('SBIN'), { list: 'b', group: 'one', index: 9 })).slice(0, 2)).toEqual([
      'a: one(INFY) two(TCS)',
      'b: one(TCS SBIN)',
    ]);
  });

  it('come back where they were, and into the first group when theirs is gone', () => {
    const gone = removeRow('a', ref('INFY'))(LISTS);
    expect(said(gone)[0]).toBe('a: one(SBIN) two(TCS)');
    const back = (place: string) =>
      said(insertRow({ list: 'a', group: place, index: 0 }, freshRow(ref('INFY')))(gone))[0];
    expect(back('two')).toBe('a: one(SBIN) two(INFY TCS)');
    expect(back('lost')).toBe('a: one(INFY SBIN) two(TCS)');
  });
});

describe('groups', () => {
  it('are added, renamed and folded', () => {
    expect(result(addGroup('a', group('new'), 1))[0]).toBe('a: one(SBIN INFY) new() two(TCS)');
    expect(renameGroup('a', 'two', 'Later')(LISTS)[0]?.groups[1]?.name).toBe('Later');
    expect(setCollapsed('a', 'two', true)(LISTS)[0]?.groups[1]?.collapsed).toBe(true);
    expect(setCollapsed('a', 'two', false)(LISTS)).toBe(LISTS);
  });

  it('leave their rows behind when they are taken away', () => {
    expect(result(dissolveGroup('a', 'two'))[0]).toBe('a: one(SBIN INFY TCS)');
    const plain = dissolveGroup('a', 'one')(LISTS)[0]?.groups[0];
    expect([plain?.name, plain?.symbols.length]).toEqual(['', 2]);
  });

  it('move within a list, and to another one without what stands there already', () => {
    expect(result(moveGroup('a', 'two', { list: 'a', index: 0 }))[0]).toBe('a: two(TCS) one(SBIN INFY)');
    expect(result(moveGroup('a', 'two', { list: 'b', index: 0 })).slice(0, 2)).toEqual([
      'a: one(SBIN INFY)',
      'b: two() one(TCS)',
    ]);
    expect(result(moveGroup('a', 'one', { list: 'b', index: 1 }))[1]).toBe('b: one(TCS) one-1(SBIN INFY)');
  });
});

describe('lists', () => {
  it('are added, renamed, moved and removed, and one always stays', () => {
    const ids = (edit: Edit) => edit(LISTS).map(({ id }) => id);
    expect(ids(addList({ id: 'd', name: 'D', groups: [] }, 1))).toEqual(['a', 'd', 'b', 'c']);
    expect(renameList('b', 'Banks')(LISTS)[1]?.name).toBe('Banks');
    expect(ids(moveList('c', 0))).toEqual(['c', 'a', 'b']);
    expect(ids(removeList('b'))).toEqual(['a', 'c']);
    const single = LISTS.slice(0, 1);
    expect(removeList('a')(single)).toBe(single);
  });
});

it('leaves the lists alone where what it speaks of is gone', () => {
  const lost = { list: 'x', group: 'x', index: 0 };
  const edits = [
    addRow('x', ref('ITC')),
    removeRow('a', ref('ITC')),
    insertRow(lost, freshRow(ref('ITC'))),
    moveRow('a', ref('ITC'), { ...lost, list: 'b' }),
    moveRow('a', ref('SBIN'), lost),
    renameGroup('a', 'x', 'X'),
    dissolveGroup('a', 'x'),
    moveGroup('a', 'x', { list: 'b', index: 0 }),
    removeList('x'),
    moveList('x', 0),
    renameList('x', 'X'),
  ];
  for (const edit of edits) expect(edit(LISTS)).toBe(LISTS);
});
