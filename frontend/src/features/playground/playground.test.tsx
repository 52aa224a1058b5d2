import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import { PlaygroundPage } from '@/features/playground/components/playground-page';
import { SocketTester } from '@/features/playground/components/socket-tester';
import { forgetHistory } from '@/features/playground/hooks/history';
import { MockDesk } from '@/testing/desk/mock-desk';
import { FakeSocket } from '@/testing/fake-feed';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const KEY = /^oa-4c1d/;
type User = ReturnType<typeof renderInDesk>['user'];

beforeEach(forgetHistory);

async function unlock(user: User, button: string) {
  await user.click(await screen.findByRole('button', { name: button }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByLabelText('Password'));
  await user.paste('Practice#2026');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
}

const shownKey = () => screen.getByRole('status', { name: 'API key' });

it('asks for the key once, sends it in the body, and shows what came back', async () => {
  const { user, router } = renderInDesk(<PlaygroundPage />, '/playground');
  await screen.findByRole('button', { name: 'Send' });
  await unlock(user, 'Send');
  const answer = screen.getByRole('region', { name: 'Answer' });
  expect(await within(answer).findByText('HTTP 200')).toBeVisible();
  expect(within(answer).getByText('ltp:', { exact: false })).toBeVisible();
  expect(sentRequests('POST', '/api/v1/quotes')[0]?.body).toEqual({
    apikey: expect.stringMatching(KEY),
    symbol: 'SBIN',
    exchange: 'NSE',
  });
  expect(shownKey()).not.toHaveTextContent(KEY);
  expect(router.state.location.search).toBe('');

  const symbol = screen.getByRole('textbox', { name: /^symbol/ });
  await user.clear(symbol);
  await user.paste('NOSUCH');
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(await within(answer).findByText(/SYMBOL_NOT_FOUND\)/)).toBeVisible();

  await user.click(within(answer).getByRole('radio', { name: 'Sent 2' }));
  await user.click(within(answer).getByRole('button', { name: /quotes\s*200/ }));
  expect(within(answer).getByText('HTTP 200')).toBeVisible();
  expect(screen.getByRole('textbox', { name: /^symbol/ })).toHaveValue('SBIN');
});

it('writes the key into code only while it is shown', async () => {
  const { user } = renderInDesk(<PlaygroundPage />, '/playground');
  await unlock(user, 'Unlock');
  const answer = await screen.findByRole('region', { name: 'Answer' });
  await user.click(within(answer).getByRole('radio', { name: 'Code' }));
  const code = () => within(answer).getByRole('region', { name: 'Code' });
  expect(code()).toHaveTextContent('YOUR_API_KEY');
  await user.click(within(answer).getByRole('button', { name: 'Copy the code' }));
  expect(await navigator.clipboard.readText()).toContain('"apikey": "YOUR_API_KEY"');
  await user.click(screen.getByRole('button', { name: 'Show key' }));
  expect(shownKey()).toHaveTextContent(KEY);
  expect(code()).toHaveTextContent('"apikey": "oa-4c1d');
  await user.click(screen.getByRole('button', { name: 'Lock' }));
  expect(code()).toHaveTextContent('YOUR_API_KEY');
});

it('finds a call by its words and keeps a broken body from being sent', async () => {
  const { user, router } = renderInDesk(<PlaygroundPage />, '/playground');
  await user.click(await screen.findByRole('searchbox', { name: 'Find a call' }));
  await user.paste('submit order');
  expect(screen.queryByRole('button', { name: /^POST\s*quotes/ })).toBeNull();
  await user.click(screen.getByRole('button', { name: /^POST\s*placeorder/ }));
  expect(router.state.location.search).toBe('?call=placeorder');
  await user.click(screen.getByRole('radio', { name: 'JSON' }));
  const editor = screen.getByRole('textbox', { name: 'Request as JSON' });
  await user.clear(editor);
  await user.paste('{ "symbol": ');
  expect(screen.getByRole('button', { name: 'Send' })).toBeDisabled();
  expect(screen.getByText(/^Not JSON/)).toBeVisible();
  expect(screen.getByRole('radio', { name: 'Form' })).toBeDisabled();
});

it('asks before real money and sends nothing without the word', async () => {
  resetDesk(MockDesk.withRealMoney());
  const { user } = renderInDesk(<PlaygroundPage />, '/playground?call=placeorder');
  expect(await screen.findByText(/^Real money: orders go to the exchange/)).toBeVisible();
  await unlock(user, 'Send');
  const dialog = await screen.findByRole('alertdialog', { name: 'Send placeorder with real money?' });
  await user.click(within(dialog).getByRole('button', { name: 'Send LIVE' }));
  expect(within(dialog).getByText('must be LIVE')).toBeVisible();
  expect(sentRequests('POST', '/api/v1/placeorder')).toHaveLength(0);
  await user.type(within(dialog).getByRole('textbox'), 'LIVE');
  await user.click(within(dialog).getByRole('button', { name: 'Send LIVE' }));
  expect(await screen.findByText('HTTP 200')).toBeVisible();
  expect(sentRequests('POST', '/api/v1/placeorder')).toHaveLength(1);
});

it('sends no order when the mode cannot be found out', async () => {
  const { user } = renderInDesk(<PlaygroundPage />, '/playground?call=placeorder');
  await screen.findByRole('button', { name: 'Send' });
  server.use(http.get('*/ui/api/bootstrap', () => HttpResponse.error()));
  await unlock(user, 'Send');
  expect(await screen.findByText(/^Not sent: whether money is real could not be found out/)).toBeVisible();
  expect(sentRequests('POST', '/api/v1/placeorder')).toHaveLength(0);
});

it('does not call an order that was not answered a failure', async () => {
  server.use(http.post('*/api/v1/placeorder', () => HttpResponse.error()));
  const { user } = renderInDesk(<PlaygroundPage />, '/playground?call=placeorder');
  await screen.findByRole('button', { name: 'Send' });
  await unlock(user, 'Send');
  expect(await screen.findByText('Outcome not known')).toBeVisible();
});

it('asks before paper trading is left', async () => {
  const { user } = renderInDesk(<PlaygroundPage />, '/playground?call=analyzer%2Ftoggle');
  await screen.findByRole('button', { name: 'Send' });
  await unlock(user, 'Send');
  const dialog = await screen.findByRole('alertdialog', { name: 'Leave paper trading?' });
  await user.click(within(dialog).getByRole('button', { name: 'Do not send' }));
  expect(sentRequests('POST', '/api/v1/analyzer/toggle')).toHaveLength(0);
});

it('leads from one part to the other and back by the address', async () => {
  const { user, router } = renderInDesk(<PlaygroundPage />, '/playground');
  await screen.findByRole('button', { name: 'Send' });
  await user.click(screen.getByRole('radio', { name: 'WebSocket' }));
  expect(await screen.findByRole('button', { name: 'Connect' })).toBeVisible();
  expect(router.state.location.search).toBe('?tab=websocket');
  await user.click(screen.getByRole('radio', { name: 'REST' }));
  expect(await screen.findByRole('button', { name: 'Send' })).toBeVisible();
});

it('says when the description cannot be read, and reads it again on request', async () => {
  server.use(
    http.get('*/api/v1/swagger.json', () => new HttpResponse(null, { status: 503 }), { once: true }),
  );
  const { user } = renderInDesk(<PlaygroundPage />, '/playground');
  expect(await screen.findByText(/refused \(HTTP 503\)/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('button', { name: /^POST\s*quotes/ })).toBeVisible();
});

it('streams ticks into the list without React, filters them, and holds still while one is read', async () => {
  const socket = new FakeSocket();
  const held = { secret: 'k', isShown: false, hold: () => {}, show: () => {}, forget: () => {} };
  const { user } = renderInDesk(<SocketTester held={held} open={() => socket} />);
  await user.click(await screen.findByRole('button', { name: 'Connect' }));
  await screen.findByText('connecting');
  await waitFor(() => expect(socket.onopen).not.toBeNull());
  socket.authenticate();
  await user.click(await screen.findByRole('button', { name: 'Subscribe LTP' }));
  await user.click(screen.getByRole('button', { name: 'Send message' }));
  expect(socket.sentActions('subscribe')[0]).toMatchObject({ mode: 'LTP' });
  const list = screen.getByRole('listbox', { name: /^Messages/ });
  const rows = () => within(list).getAllByRole('option');
  for (let ltp = 1; ltp <= 300; ltp += 1) socket.tick({ symbol: 'SBIN', exchange: 'NSE' }, { ltp });
  await waitFor(() => expect(rows()[0]).toHaveTextContent('"ltp":300'));
  expect(rows()).toHaveLength(200);

  await user.click(screen.getByRole('searchbox', { name: 'Filter messages' }));
  await user.paste('"ltp":29');
  await waitFor(() => expect(rows()).toHaveLength(11));
  list.focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  const detail = screen.getByRole('region', { name: 'Chosen message' });
  expect(detail).toHaveTextContent('ltp: 298');
  socket.tick({ symbol: 'SBIN', exchange: 'NSE' }, { ltp: 2999 });
  await new Promise(requestAnimationFrame);
  expect(rows()).toHaveLength(11);
  await user.click(screen.getByRole('button', { name: 'Resume' }));
  await waitFor(() => expect(rows()[0]).toHaveTextContent('2999'));
});
