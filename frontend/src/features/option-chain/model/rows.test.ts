import { describe, expect, it } from 'vitest';
import type { ChainRow } from '@/features/option-chain/api/get-chain';
import { chosenColumns } from '@/features/option-chain/model/columns';
import {
  changeOf,
  interestChange,
  isInTheMoney,
  largestInterest,
  placeOfPrice,
  walk,
  withLine,
} from '@/features/option-chain/model/rows';

const leg = (symbol: string, oi: number | null = null) => ({ symbol, oi }) as NonNullable<ChainRow['ce']>;
const ROWS: ChainRow[] = [
  { strike: 100, ce: leg('100CE', 40), pe: leg('100PE', null) },
  { strike: 110, ce: null, pe: leg('110PE', 90) },
  { strike: 120, ce: leg('120CE', 10), pe: leg('120PE', 5) },
];

describe('the line of the underlying', () => {
  it.each([
    [99, 0],
    [100, 1],
    [115, 2],
    [500, 3],
    [null, null],
  ])('at %s stands in front of strike number %s', (price, place) => {
    expect(placeOfPrice(ROWS, price)).toBe(place);
  });

  it('is an item between the rows', () => {
    expect(withLine(ROWS, 1).map((item) => (item.kind === 'row' ? item.row.strike : 'line'))).toEqual([
      100,
      'line',
      110,
      120,
    ]);
    expect(withLine(ROWS, null)).toHaveLength(3);
  });
});

describe('the arrow keys', () => {
  it('walk one side and skip strikes that do not list it', () => {
    expect(walk(ROWS, { strike: 100, side: 'ce' }, 'ArrowDown')).toEqual({ strike: 120, side: 'ce' });
    expect(walk(ROWS, { strike: 100, side: 'pe' }, 'ArrowDown')).toEqual({ strike: 110, side: 'pe' });
    expect(walk(ROWS, { strike: 100, side: 'pe' }, 'End')).toEqual({ strike: 120, side: 'pe' });
    expect(walk(ROWS, { strike: 100, side: 'ce' }, 'ArrowUp')).toEqual({ strike: 100, side: 'ce' });
  });

  it('change the side only where there is a contract', () => {
    expect(walk(ROWS, { strike: 100, side: 'ce' }, 'ArrowRight')).toEqual({ strike: 100, side: 'pe' });
    expect(walk(ROWS, { strike: 110, side: 'pe' }, 'ArrowLeft')).toEqual({ strike: 110, side: 'pe' });
  });

  it('leave other keys alone', () => expect(walk(ROWS, { strike: 100, side: 'ce' }, 'x')).toBeNull());
});

it('bars are drawn against the largest open interest that is known', () => {
  expect(largestInterest(ROWS)).toBe(90);
  expect(largestInterest([])).toBe(0);
});

it('a call below and a put above the price are in the money', () => {
  expect([isInTheMoney('ce', 100, 105), isInTheMoney('pe', 100, 105), isInTheMoney('pe', 110, 105)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(isInTheMoney('ce', 100, null)).toBe(false);
});

it('a change needs both prices', () => {
  expect(changeOf(110, 100)).toBe(10);
  expect(changeOf(110, 0)).toBeNull();
  expect(changeOf(null, 100)).toBeNull();
});

it('a change of open interest needs both numbers, and one of nothing is nothing', () => {
  expect([interestChange(120, 150), interestChange(120, 120), interestChange(0, 50)]).toEqual([-30, 0, -50]);
  expect([interestChange(120, null), interestChange(null, 150)]).toEqual([null, null]);
});

it('columns keep their order, and the last price cannot be hidden', () => {
  expect(chosenColumns(['iv', 'oi']).map(({ id }) => id)).toEqual(['oi', 'iv', 'ltp']);
});
