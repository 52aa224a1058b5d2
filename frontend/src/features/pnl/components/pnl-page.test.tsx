import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { PnlPage } from '@/features/pnl/components/pnl-page';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

it('tells the profit by symbol, and by strategy with what belongs to none', async () => {
  const { user, router } = renderInDesk(<PnlPage />, '/pnl');
  await screen.findByRole('table', { name: 'P&L by symbol' });
  await user.click(screen.getByRole('button', { name: /^By strategy/ }));
  expect(router.state.location.search).toBe('?by=strategy');
  const table = await screen.findByRole('table', { name: 'P&L by strategy' });
  const elsewhere = within(table).getByRole('row', { name: /^Not attributed/ });
  expect(within(elsewhere).getAllByText('not told')).toHaveLength(2);
  expect(within(elsewhere).getByText('not known')).toBeVisible();
  expect(screen.getByText('2 fills belong to no strategy: their orders were placed elsewhere')).toBeVisible();
});

it('keeps the columns of both tables apart, the same in every browser', async () => {
  const desk = resetDesk();
  const without = (id: string) => ({ version: 1, value: { order: [], hidden: [id], shown: [], widths: {} } });
  desk.documents['columns.profit'] = without('product');
  desk.documents['columns.profit_strategies'] = without('turnover');
  const { user } = renderInDesk(<PnlPage />, '/pnl');
  const headings = () => screen.getAllByRole('columnheader').map((one) => one.textContent);
  await waitFor(() => expect(headings()).not.toContain('Product'));
  expect(headings()).toContain('Turnover');
  await user.click(screen.getByRole('button', { name: /^By strategy/ }));
  await waitFor(() => expect(headings()).not.toContain('Turnover'));
});

it('shows the high, the low and the deepest fall, and names what the curve lacks', async () => {
  renderInDesk(<PnlPage />, '/pnl');
  const curve = await screen.findByRole('region', { name: 'Curve of the day' });
  expect(within(curve).getByText('Deepest fall').parentElement).toHaveTextContent(
    /^Deepest fall −[\d,.]+\d\d:\d\d–\d\d:\d\d$/,
  );
  expect(within(curve).getByRole('img', { name: /^Profit of the day: now/ })).toBeVisible();
  expect(within(curve).getByText('1 instrument is not in this curve')).toBeVisible();
});

it('says when the day cannot be read', async () => {
  server.use(
    http.get('*/ui/api/pnl', () =>
      HttpResponse.json({ status: 'error', message: 'The broker is away' }, { status: 503 }),
    ),
  );
  renderInDesk(<PnlPage />, '/pnl');
  expect(await screen.findByText('The broker is away')).toBeVisible();
});
