import { describe, expect, it } from 'vitest';
import { linesOf, type RowLine } from '@/features/watchlist/model/lines';
import { describePlace, type Moved, stepRow, type Target, targetAt } from '@/features/watchlist/model/moves';
import { moveGroup, moveRow } from '@/lib/watchlists/edits';
import { freshRow, type List } from '@/lib/watchlists/model';

const ref = (symbol: string) => ({ symbol, exchange: 'NSE' });
const group = (id: string, name: string, ...symbols: string[]) => ({
  id,
  name,
  collapsed: false,
  symbols: symbols.map((symbol) => freshRow(ref(symbol))),
});
const LIST: List = {
  id: 'a',
  name: 'A',
  groups: [group('top', '', 'A1', 'A2', 'A3'), group('it', 'IT', 'B1'), group('none', 'None')],
};
// A1 A2 A3 [IT] B1 [None] (room)
const LINES = linesOf(LIST, 'own', () => null);
const at = (key: string) => LINES.findIndex((line) => line.key === key);

function rowMoved(symbol: string): Moved {
  return { kind: 'row', list: 'a', line: LINES[at(`NSE:${symbol}`)] as RowLine };
}

/** The list after the drop, as text. */
function dropped(moved: Moved, line: number, isAfter: boolean): string {
  const target: Target = targetAt(moved, LIST, LINES, line, isAfter);
  const edit =
    moved.kind === 'row' && target.kind === 'row'
      ? moveRow('a', moved.line.row, target.place)
      : moveGroup(
          'a',
          moved.kind === 'group' ? moved.id : '',
          target.kind === 'group' ? target : { list: '', index: 0 },
        );
  return (edit([LIST])[0]?.groups ?? [])
    .map((one) => `${one.id}(${one.symbols.map(({ symbol }) => symbol).join(' ')})`)
    .join(' ');
}

describe('a row that is let go', () => {
  it.each([
    ['A1', 'NSE:A3', false, 'top(A2 A1 A3) it(B1) none()'],
    ['A1', 'NSE:A3', true, 'top(A2 A3 A1) it(B1) none()'],
    ['A3', 'NSE:A1', false, 'top(A3 A1 A2) it(B1) none()'],
    ['A1', 'group:it', false, 'top(A2 A3 A1) it(B1) none()'],
    ['A1', 'group:it', true, 'top(A2 A3) it(A1 B1) none()'],
    ['A1', 'NSE:B1', true, 'top(A2 A3) it(B1 A1) none()'],
    ['A1', 'gap:none', true, 'top(A2 A3) it(B1) none(A1)'],
    ['A2', 'NSE:A2', true, 'top(A1 A2 A3) it(B1) none()'],
  ])('%s over %s (after: %s)', (symbol, key, isAfter, after) => {
    expect(dropped(rowMoved(symbol), at(key), isAfter)).toBe(after);
  });

  it('below everything becomes the last of the last group', () => {
    expect(dropped(rowMoved('A1'), LINES.length, true)).toBe('top(A2 A3) it(B1) none(A1)');
  });
});

describe('a group that is let go', () => {
  const it_ = { kind: 'group', list: 'a', id: 'it' } as const;
  const none = { kind: 'group', list: 'a', id: 'none' } as const;
  it.each([
    [none, 'group:it', false, 'top(A1 A2 A3) none() it(B1)'],
    [none, 'NSE:A2', false, 'top(A1 A2 A3) none() it(B1)'],
    [it_, 'gap:none', true, 'top(A1 A2 A3) none() it(B1)'],
    [it_, 'group:it', true, 'top(A1 A2 A3) it(B1) none()'],
  ] as const)('%o over %s', (moved, key, isAfter, after) => {
    expect(dropped(moved, at(key), isAfter)).toBe(after);
  });
});

describe('a step by the keyboard', () => {
  const step = (symbol: string, by: -1 | 1) => {
    const place = stepRow(LIST, ref(symbol), by);
    return place && `${place.group} ${place.index}`;
  };
  it('goes on within the group and into the one beside it, and ends with the list', () => {
    expect([step('A1', 1), step('A3', 1), step('B1', -1), step('B1', 1), step('A1', -1)]).toEqual([
      'top 1',
      'it 0',
      'top 3',
      'none 0',
      null,
    ]);
    expect(stepRow(LIST, ref('lost'), 1)).toBeNull();
  });
});

it('says where a row stands', () => {
  expect(describePlace(LIST, ref('A2'))).toEqual({ place: 2, count: 3, group: 'A' });
  expect(describePlace(LIST, ref('B1'))).toEqual({ place: 1, count: 1, group: 'IT' });
  expect(describePlace(LIST, ref('lost'))).toBeNull();
});
