import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { DataTable } from '@/components/data-table/data-table';
import type { Column, Loadable } from '@/components/data-table/types';
import { readSort } from '@/components/data-table/use-table-sort';
import { ApiError } from '@/lib/api/errors';
import { renderInDesk } from '@/testing/render';

interface Row {
  id: string;
  price: number | null;
}

const COLUMNS: Column<Row>[] = [
  { id: 'id', title: 'Symbol', isStretched: true, value: (row) => row.id, cell: (row) => row.id },
  { id: 'price', title: 'Price', align: 'right', value: (row) => row.price, cell: (row) => row.price ?? '–' },
  { id: 'act', title: '', cell: () => null },
];
const ROWS: Row[] = [
  { id: 'SBIN', price: 9 },
  { id: 'INFY', price: null },
  { id: 'TCS', price: 31 },
];

function show(source: Partial<Loadable<Row>>, address = '/', extra: object = {}) {
  return renderInDesk(
    <DataTable
      name="Prices"
      columns={COLUMNS}
      source={{ rows: undefined, error: null, isRefreshing: false, retry: () => {}, ...source }}
      rowKey={(row) => row.id}
      empty={{ title: 'No prices' }}
      card={(row) => row.id}
      describeRow={(row) => ({ instrument: { symbol: row.id, exchange: 'NSE' } })}
      {...extra}
    />,
    address,
  );
}

const shownOrder = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.dataset.symbol);

describe('states of a table', () => {
  it('says that it is loading', () => {
    show({});
    expect(screen.getByRole('status', { name: 'Loading prices' })).toBeVisible();
  });
  it('shows the error and offers to try again', async () => {
    const retry = vi.fn();
    const { user } = show({
      error: new ApiError('broker is down', { status: 503, code: 'BROKER_DOWN' }),
      retry,
    });
    expect(screen.getByRole('alert')).toHaveTextContent('broker is down');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(retry).toHaveBeenCalledTimes(1);
  });
  it('keeps old rows when a refresh fails, and says they are old', () => {
    show({ rows: ROWS, error: new ApiError('no answer', { status: 0 }) });
    expect(screen.getByRole('status')).toHaveTextContent('Not up to date: no answer');
    expect(shownOrder()).toHaveLength(3);
  });
  it('tells an empty book from a filter without matches', async () => {
    const onClearFilter = vi.fn();
    const { user, unmount } = show({ rows: [] }, '/', { hasFilter: true, onClearFilter });
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    expect(onClearFilter).toHaveBeenCalled();
    unmount();
    show({ rows: [] });
    expect(screen.getByText('No prices')).toBeVisible();
  });
});

describe('sorting', () => {
  it('is kept in the address and puts unknown values last both ways', async () => {
    const { user, router } = show({ rows: ROWS });
    const header = within(screen.getByRole('columnheader', { name: 'Price' })).getByRole('button');
    await user.click(header);
    expect(router.state.location.search).toBe('?sort=price.asc');
    expect(shownOrder()).toEqual(['SBIN', 'TCS', 'INFY']);
    await user.click(header);
    expect(router.state.location.search).toBe('?sort=price.desc');
    expect(shownOrder()).toEqual(['TCS', 'SBIN', 'INFY']);
    expect(screen.getByRole('columnheader', { name: 'Price' })).toHaveAttribute('aria-sort', 'descending');
    await user.click(header);
    expect(router.state.location.search).toBe('');
  });
  it('starts as the address says', () => {
    show({ rows: ROWS }, '/?sort=id.asc');
    expect(shownOrder()).toEqual(['INFY', 'SBIN', 'TCS']);
  });
  it('ignores a column it does not have', () => {
    expect(readSort('nothing.asc', ['id'], undefined)).toBeUndefined();
    expect(readSort('id.sideways', ['id'], undefined)).toBeUndefined();
    expect(readSort('id.desc', ['id'], undefined)).toEqual({ id: 'id', isDescending: true });
  });
});

it('renders a window of a long book, not all of it', () => {
  const rows = Array.from({ length: 5000 }, (_, index) => ({ id: `S${index}`, price: index }));
  show({ rows });
  expect(shownOrder().length).toBeLessThan(80);
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '5001');
});

it('walks rows with the arrow keys', async () => {
  const { user } = show({ rows: ROWS });
  const [, first, second] = screen.getAllByRole('row');
  first?.focus();
  await user.keyboard('{ArrowDown}');
  await vi.waitFor(() => expect(second).toHaveFocus());
});
