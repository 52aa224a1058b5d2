import { act, renderHook } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { expect, it } from 'vitest';
import { type Fields, type RowFilters, useRowFilters } from '@/hooks/use-row-filters';

interface Row {
  symbol: string;
  product: string;
  strategy: string | null;
}
const ROWS: Row[] = [
  { symbol: 'SBIN', product: 'MIS', strategy: 'orb' },
  { symbol: 'INFY', product: 'CNC', strategy: null },
  { symbol: 'SBIN', product: 'CNC', strategy: 'orb' },
];
const FIELDS: Fields<Row> = { product: (row) => row.product, strategy: (row) => row.strategy };
const textOf = (row: Row) => row.symbol;

function filtersAt(address: string) {
  let now: RowFilters<Row> | undefined;
  function Probe() {
    now = useRowFilters(ROWS, FIELDS, textOf);
    return null;
  }
  const router = createMemoryRouter([{ path: '*', element: <Probe /> }], { initialEntries: [address] });
  renderHook(() => null, { wrapper: () => <RouterProvider router={router} /> });
  return {
    read: () => {
      if (!now) throw new Error('not rendered');
      return now;
    },
    router,
  };
}

it('reads the filters of the address, all of which must fit', () => {
  const { read } = filtersAt('/?product=CNC&q=sb');
  expect(read().shown).toEqual([ROWS[2]]);
  expect(read().hasFilter).toBe(true);
});

it('offers the values that the rows have', () => {
  expect(filtersAt('/').read().options).toEqual({ product: ['CNC', 'MIS'], strategy: ['orb'] });
});

it('writes a choice into the address and takes all of them back', () => {
  const { read, router } = filtersAt('/?sort=symbol.asc');
  act(() => read().set('strategy', 'orb'));
  expect(router.state.location.search).toBe('?sort=symbol.asc&strategy=orb');
  expect(read().shown).toHaveLength(2);
  act(() => read().clear());
  expect(router.state.location.search).toBe('?sort=symbol.asc');
  expect(read().hasFilter).toBe(false);
});
