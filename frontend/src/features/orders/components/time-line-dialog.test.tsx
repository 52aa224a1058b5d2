import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { OrderBook } from '@/features/orders/components/order-book';
import { renderInDesk } from '@/testing/render';
import { server } from '@/testing/server';

async function openFirst() {
  const desk = renderInDesk(<OrderBook />, '/orderbook');
  await screen.findByRole('table', { name: 'Orders' });
  const [button] = screen.getAllByLabelText(/^Time line of/);
  if (!button) throw new Error('no order on screen');
  await desk.user.click(button);
  return screen.findByRole('dialog');
}

it('tells the steps of one order in order, with each check and fill', async () => {
  const dialog = await openFirst();
  const steps = within(await within(dialog).findByRole('list', { name: 'Time line' })).getAllByRole(
    'listitem',
  );
  expect(steps[0]).toHaveTextContent('Signal received');
  expect(steps[1]).toHaveTextContent('Check: lot');
  expect(steps[1]).toHaveTextContent('passed · value 10 · limit 1');
  expect(steps.at(-1)).toHaveTextContent('10 at 968.30');
  await waitFor(() =>
    expect(within(dialog).getByRole('link', { name: 'R1' })).toHaveAttribute('href', '/traffic?request=R1'),
  );
});

it('says that a time line cannot be read instead of showing an empty one', async () => {
  server.use(
    http.get('*/ui/api/order-timeline', () =>
      HttpResponse.json({ status: 'error', message: 'The logs store is busy' }, { status: 503 }),
    ),
  );
  const dialog = await openFirst();
  expect(await within(dialog).findByText('The logs store is busy')).toBeVisible();
});
