import { act, renderHook, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { DataTable } from '@/components/data-table/data-table';
import { ordered, PLAIN, readLayout } from '@/components/data-table/layout';
import type { Column, Loadable } from '@/components/data-table/types';
import { useRowSelection } from '@/components/data-table/use-row-selection';
import { useLayouts } from '@/components/data-table/use-table-layout';
import { readSort } from '@/components/data-table/use-table-sort';
import { ApiError } from '@/lib/api/errors';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

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
    expect(readSort('nothing.asc', ['id'], undefined)).toEqual([]);
    expect(readSort('id.sideways', ['id'], undefined)).toEqual([]);
    expect(readSort('id.desc', ['id'], undefined)).toEqual([{ id: 'id', isDescending: true }]);
  });

  it('takes a further column with Shift, and sorts by both', async () => {
    const rows = [
      { id: 'B', price: 1 },
      { id: 'A', price: 2 },
      { id: 'C', price: 1 },
    ];
    const { user, router } = show({ rows }, '/?sort=price.asc');
    await user.keyboard('{Shift>}');
    await user.click(within(screen.getByRole('columnheader', { name: /Symbol/ })).getByRole('button'));
    await user.keyboard('{/Shift}');
    expect(router.state.location.search).toBe('?sort=price.asc%2Cid.asc');
    expect(shownOrder()).toEqual(['B', 'C', 'A']);
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

describe('walking by key', () => {
  const focused = () => (document.activeElement as HTMLElement).dataset.symbol;
  it('goes to the ends with Home and End and opens with Enter', async () => {
    const onOpen = vi.fn();
    const { user } = show({ rows: ROWS }, '/', { onOpen });
    screen.getAllByRole('row')[1]?.focus();
    await user.keyboard('{End}');
    await vi.waitFor(() => expect(focused()).toBe('TCS'));
    await user.keyboard('{Enter}');
    expect(onOpen).toHaveBeenCalledExactlyOnceWith(ROWS[2]);
    await user.keyboard('{Home}');
    await vi.waitFor(() => expect(focused()).toBe('SBIN'));
  });
});

function Markable({ rows }: { rows: readonly Row[] }) {
  const { selection, selected } = useRowSelection(rows, keyOf);
  return (
    <>
      <output>{selected.map(({ id }) => id).join(' ')}</output>
      <DataTable
        name="Marked"
        columns={COLUMNS}
        source={{ rows, error: null, isRefreshing: false, retry: () => {} }}
        rowKey={keyOf}
        empty={{ title: 'Nothing' }}
        card={keyOf}
        describeRow={(row) => ({ instrument: { symbol: row.id, exchange: 'NSE' } })}
        selection={selection}
      />
    </>
  );
}
const keyOf = (row: Row) => row.id;

describe('marking rows', () => {
  it('marks with Space, by range and all at once, and drops a mark whose row is gone', async () => {
    const { user } = renderInDesk(<Markable rows={ROWS} />);
    const marked = () => screen.getByRole('status').textContent;
    screen.getAllByRole('row')[1]?.focus();
    await user.keyboard(' ');
    expect(marked()).toBe('SBIN');
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
    expect(marked()).toBe('SBIN INFY');
    await user.click(screen.getByRole('checkbox', { name: 'Select all rows' }));
    expect(marked()).toBe('SBIN INFY TCS');
    await user.click(screen.getByRole('checkbox', { name: 'Select INFY' }));
    expect(marked()).toBe('SBIN TCS');
  });
  it('never keeps a mark on a row that is not shown', () => {
    const { result, rerender } = renderHook(({ rows }) => useRowSelection(rows, keyOf), {
      initialProps: { rows: ROWS },
    });
    act(() => result.current.selection.change(new Set(['SBIN', 'TCS'])));
    rerender({ rows: ROWS.slice(0, 1) });
    expect(result.current.selected).toEqual([ROWS[0]]);
    expect([...result.current.selection.keys]).toEqual(['SBIN']);
  });
});

describe('columns', () => {
  const heads = () => screen.getAllByRole('columnheader').map((head) => head.textContent);
  it('can be put away and moved, and stay so for this table', async () => {
    const { user, unmount } = show({ rows: ROWS }, '/', { toolbar: 'Prices' });
    await user.click(screen.getByRole('button', { name: 'Columns' }));
    await user.click(screen.getByRole('button', { name: 'Move Price left' }));
    expect(heads().slice(0, 2)).toEqual(['Price', 'Symbol']);
    await user.click(screen.getByRole('checkbox', { name: 'Symbol' }));
    unmount();
    const again = show({ rows: ROWS }, '/', { toolbar: 'Prices' });
    expect(heads()).toEqual(['Price', 'Actions']);
    await again.user.click(screen.getByRole('button', { name: 'Columns' }));
    await again.user.click(screen.getByRole('button', { name: 'As they were' }));
    expect(heads().slice(0, 2)).toEqual(['Symbol', 'Price']);
  });
  it('are moved with Alt and widened with Shift and an arrow on their head', async () => {
    const { user } = show({ rows: ROWS });
    const head = () => screen.getByRole('columnheader', { name: 'Price' });
    within(head()).getByRole('button').focus();
    await user.keyboard('{Shift>}{ArrowRight}{/Shift}');
    expect(head().style.width).toBe('112px');
    await user.keyboard('{Alt>}{ArrowLeft}{/Alt}');
    expect(heads()[0]).toBe('Price');
    act(() => useLayouts.setState({ byTable: {} }));
  });
  it('of a book are kept with the user: read from the server, and saved when the table is left', async () => {
    const desk = resetDesk();
    desk.documents['columns.orders'] = {
      version: 1,
      value: { order: ['price'], hidden: ['id'], shown: [] },
    };
    const { user, unmount } = show({ rows: ROWS }, '/', { book: 'orders', toolbar: 'Prices' });
    await waitFor(() => expect(heads()).toEqual(['Price', 'Actions']));
    await user.click(screen.getByRole('button', { name: 'Columns' }));
    await user.click(screen.getByRole('checkbox', { name: 'Symbol' }));
    unmount();
    await waitFor(() =>
      expect(desk.documents['columns.orders']?.value).toMatchObject({ hidden: [], shown: ['id'] }),
    );
    act(() => useLayouts.setState({ byTable: {} }));
  });
  it('reads a stored layout that was spoilt as the plain one', () => {
    expect(readLayout('nonsense')).toEqual(PLAIN);
    expect(readLayout({ order: ['a', 3], shown: { a: 'yes', b: false }, widths: { a: 1, b: 'x' } })).toEqual({
      order: ['a'],
      shown: { b: false },
      widths: { a: 40 },
    });
  });
  it('gives a column that is new since its place after its neighbour', () => {
    const columns = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
    expect(ordered(columns, ['d', 'a', 'gone', 'c']).map(({ id }) => id)).toEqual(['d', 'a', 'b', 'c']);
  });
});

describe('groups', () => {
  it('stand under one line with its figures, and fold', async () => {
    const grouping = {
      groupOf: (row: Row) => (row.price === null ? 'Unknown' : 'Known'),
      cells: (_group: string, rows: readonly Row[]) => ({ price: `sum ${rows.length}` }),
    };
    const { user } = show({ rows: ROWS }, '/', { grouping });
    const line = screen.getByRole('row', { name: /^Known/ });
    expect(line).toHaveTextContent('sum 2');
    await user.click(within(line).getByRole('button'));
    expect(shownOrder().filter(Boolean)).toEqual(['INFY']);
  });
});
