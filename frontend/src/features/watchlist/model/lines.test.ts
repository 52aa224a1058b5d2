import { describe, expect, it } from 'vitest';
import { hasPrice, linesOf, nextSort } from '@/features/watchlist/model/lines';
import { freshRow, type List } from '@/lib/watchlists/model';

const row = (symbol: string) => freshRow({ symbol, exchange: 'NSE' });
const LIST: List = {
  id: 'a',
  name: 'A',
  groups: [
    { id: 'top', name: '', collapsed: false, symbols: [row('SBIN')] },
    { id: 'it', name: 'IT', collapsed: false, symbols: [row('TCS'), row('INFY')] },
    { id: 'folded', name: 'Folded', collapsed: true, symbols: [row('LT')] },
    { id: 'empty', name: 'Empty', collapsed: false, symbols: [] },
  ],
};
const CHANGES: Record<string, number> = { SBIN: 0.5, TCS: -1, LT: 2 };
const keys = (sort: Parameters<typeof linesOf>[1]) =>
  linesOf(LIST, sort, ({ symbol }) => CHANGES[symbol] ?? null).map(({ key }) => key);

describe('lines of a list', () => {
  it('are headings and rows in the own order; folded groups show their heading, empty ones their room', () => {
    expect(keys('own')).toEqual([
      'NSE:SBIN',
      'group:it',
      'NSE:TCS',
      'NSE:INFY',
      'group:folded',
      'group:empty',
      'gap:empty',
    ]);
  });

  it('are one run of all rows when sorted, unknown changes last both ways', () => {
    expect(keys('change')).toEqual(['NSE:TCS', 'NSE:SBIN', 'NSE:LT', 'NSE:INFY']);
    expect(keys('change_desc')).toEqual(['NSE:LT', 'NSE:SBIN', 'NSE:TCS', 'NSE:INFY']);
    expect(keys('symbol')).toEqual(['NSE:INFY', 'NSE:LT', 'NSE:SBIN', 'NSE:TCS']);
  });

  it('know their own place while they are sorted', () => {
    const [first] = linesOf(LIST, 'symbol', () => null);
    expect(first).toMatchObject({ group: 'it', index: 1 });
  });
});

it('goes from the own order over the greatest gain and loss back to it', () => {
  expect([nextSort('own'), nextSort('change_desc'), nextSort('change'), nextSort('symbol')]).toEqual([
    'change_desc',
    'change',
    'own',
    'change_desc',
  ]);
});

it('asks no price of what has none', () => {
  const states = ['listed', 'unchecked', 'expired', 'unlisted'];
  expect(states.filter((state) => hasPrice({ ...row('X'), state }))).toEqual(['listed', 'unchecked']);
});
