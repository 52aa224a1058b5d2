import { describe, expect, it } from 'vitest';
import { panelsOf, sizesOf, TREES } from '@/features/workspace/model/arrangements';
import {
  activeLayout,
  deleted,
  deskSchema,
  FIRST_DESK,
  nameProblem,
  renamed,
  resetSizes,
  savedAs,
  withBook,
  withSizes,
  withSymbol,
} from '@/features/workspace/model/desk';

const SIZES = { watchlist: 20, middle: 60, right: 20 };

describe('layouts', () => {
  it('begin with the three presets', () => {
    expect(FIRST_DESK.layouts.map(({ name }) => name)).toEqual(['Chart focus', 'Ladder', 'Two charts']);
    expect(panelsOf(TREES['two-charts'])).toEqual([
      'watchlist',
      'chart',
      'chart2',
      'books',
      'depth',
      'ticket',
    ]);
  });

  it('remember sizes and the open book of the one on screen alone', () => {
    const desk = withBook(withSizes(FIRST_DESK, 'all', { ...SIZES, middle: 59.99999 }), 'orders');
    expect(activeLayout(desk)).toMatchObject({ sizes: { all: { middle: 60 } }, book: 'orders' });
    expect(desk.layouts[1]).toEqual(FIRST_DESK.layouts[1]);
    expect(activeLayout(resetSizes(desk)).sizes).toEqual({});
  });

  it('are saved under a name that nobody has yet', () => {
    const moved = withSizes(FIRST_DESK, 'all', SIZES);
    const desk = savedAs(moved, '  Morning ', 'x1');
    expect(activeLayout(desk)).toMatchObject({
      id: 'x1',
      name: 'Morning',
      arrangement: 'chart',
      sizes: { all: SIZES },
    });
    expect(nameProblem(desk, 'morning')).toBe('is taken by another layout');
    expect(nameProblem(desk, 'morning', 'x1')).toBeNull();
    expect(savedAs(desk, 'Ladder', 'x2')).toBe(desk);
    expect(nameProblem(desk, ' ')).toBe('is required');
    expect(nameProblem(desk, 'n'.repeat(41))).toBe('must have at most 40 characters');
  });

  it('are renamed and deleted, presets excepted', () => {
    const desk = savedAs({ ...FIRST_DESK, active: 'ladder' }, 'Mine', 'x1');
    expect(activeLayout(renamed(desk, 'x1', 'Ours')).name).toBe('Ours');
    expect(renamed(desk, 'ladder', 'Ours')).toBe(desk);
    expect(deleted(desk, 'ladder')).toBe(desk);
    expect(deleted(desk, 'x1')).toMatchObject({ active: 'ladder', layouts: FIRST_DESK.layouts });
  });
});

describe('what the server keeps', () => {
  it('comes back as it went', () => {
    const desk = withSymbol(savedAs(withSizes(FIRST_DESK, 'all', SIZES), 'Mine', 'x1'), 'b', {
      symbol: 'SBIN',
      exchange: 'NSE',
    });
    expect(deskSchema.parse(JSON.parse(JSON.stringify(desk)))).toEqual(desk);
  });

  it('is taken as far as it can be read', () => {
    expect(deskSchema.parse({ layouts: 'none', symbols: 7 })).toEqual(FIRST_DESK);
    const odd = deskSchema.parse({
      active: 'gone',
      layouts: [{ ...FIRST_DESK.layouts[0], sizes: 5, book: 'x' }],
    });
    expect(activeLayout(odd)).toEqual(FIRST_DESK.layouts[0]);
    expect(odd.layouts).toHaveLength(3);
  });
});

describe('sizes of a group', () => {
  it('are what was kept, while it fits the arrangement', () => {
    expect(sizesOf(TREES.chart, { all: SIZES })).toEqual(SIZES);
    expect(sizesOf(TREES.chart, { all: { watchlist: 0, middle: 75, right: 25 } }).watchlist).toBe(0);
  });

  it('are those of the arrangement where what was kept does not fit it', () => {
    const own = { watchlist: 19, middle: 58, right: 23 };
    for (const bad of [
      { watchlist: 50, middle: 50 },
      { ...SIZES, right: 90 },
      { ...SIZES, middle: -60 },
    ])
      expect(sizesOf(TREES.chart, { all: bad as Record<string, number> })).toEqual(own);
    expect(sizesOf(TREES.chart, {})).toEqual(own);
  });
});
