import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announceOnce } from '@/lib/announce';
import { queryKeys } from '@/lib/query-keys';
import type { Announcement } from '@/lib/realtime/events';
import { type RealtimeParts, wireRealtime } from '@/lib/realtime/wire';

function wired(applyOrder?: RealtimeParts['applyOrder']) {
  const listeners = new Map<string, Set<(payload?: unknown) => void>>();
  const invalidated: string[] = [];
  const announced: Announcement[] = [];
  const connected: boolean[] = [];
  const feed: string[] = [];
  const out: string[] = [];
  const contracts: string[] = [];
  const questions: { after: number | null; answer: (reply: unknown) => void }[] = [];
  const stop = wireRealtime({
    ...(applyOrder && { applyOrder }),
    socket: {
      on: (event, listener) => listeners.set(event, new Set([...(listeners.get(event) ?? []), listener])),
      off: (event, listener) => listeners.get(event)?.delete(listener),
    },
    askOrders: ({ after }, answer) => questions.push({ after, answer }),
    invalidate: (key) => invalidated.push(key.join('/')),
    announce: (announcement) => announced.push(announcement),
    onConnectedChange: (is) => connected.push(is),
    onFeedState: (state) => feed.push(state),
    onContractsChanged: () => contracts.push('changed'),
    onForcedLogout: (message) => out.push(message),
  });
  const emit = (event: string, payload?: unknown) => {
    for (const listener of listeners.get(event) ?? []) listener(payload);
  };
  return { emit, stop, listeners, invalidated, announced, connected, feed, out, contracts, questions };
}

const fill = {
  orderid: '7',
  symbol: 'SBIN',
  action: 'BUY',
  quantity: 10,
  order_status: 'complete',
  average_price: 968.3,
  filled_quantity: 10,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('turns a burst of order events into one refetch', () => {
  const desk = wired();
  for (let seq = 1; seq <= 40; seq += 1) desk.emit('order_update', { ...fill, seq });
  expect(desk.invalidated).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toEqual(['book']);
});

it('reads again only what an update does not tell once it is in its row, and the book where it is not', () => {
  const desk = wired(({ orderid }) => (orderid === '7' ? [queryKeys.timeLine] : null));
  desk.emit('order_update', { ...fill, seq: 1 });
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toEqual(['book/time-line']);
  desk.emit('order_update', { ...fill, orderid: '8', seq: 2 });
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toEqual(['book/time-line', 'book']);
});

it('announces a fill, a rejection with its reason and an unknown outcome, each in its tone', () => {
  const desk = wired();
  desk.emit('order_update', fill);
  desk.emit('order_update', {
    ...fill,
    order_status: 'rejected',
    rejection_reason: 'Insufficient funds',
    filled_quantity: 0,
  });
  desk.emit('order_update', { ...fill, order_status: 'unknown', filled_quantity: 0 });
  desk.emit('order_update', { ...fill, order_status: 'open', filled_quantity: 0 });
  expect(desk.announced.map(({ tone, title, description }) => [tone, title, description])).toEqual([
    ['success', 'Filled: BUY 10 SBIN', 'Average 968.30'],
    ['error', 'Rejected: BUY 10 SBIN', 'Insufficient funds'],
    ['warning', 'Outcome not known: BUY 10 SBIN', expect.stringContaining('may be live')],
  ]);
});

it('gives the same fill the same key, so it is toasted once', () => {
  const desk = wired();
  desk.emit('order_update', fill);
  desk.emit('order_update', { ...fill, seq: 2 });
  const shown = desk.announced.map(({ key, tone, title }) => announceOnce(key, tone, title));
  expect(shown).toEqual([true, false]);
});

it('resumes behind the last order update it heard, and reads again only what no update tells of', () => {
  const desk = wired();
  desk.emit('connect');
  desk.questions[0]?.answer({ status: 'success', seq: 100, gap: false });
  desk.emit('order_update', { ...fill, seq: 101, prev_seq: 90 });
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toEqual(['book']);
  desk.emit('disconnect');
  desk.emit('connect');
  desk.questions[1]?.answer({ status: 'success', seq: 101, gap: false });
  vi.advanceTimersByTime(200);
  expect(desk.connected).toEqual([true, false, true]);
  expect(desk.questions.map(({ after }) => after)).toEqual([null, 101]);
  expect(desk.invalidated.slice(1)).toEqual([
    'bootstrap',
    'book/gtts',
    'book/exits',
    'approvals',
    'risk',
    'drift',
  ]);
});

it('toasts what it missed once, and nothing it has toasted before', () => {
  const desk = wired();
  desk.emit('connect');
  desk.questions[0]?.answer({ status: 'success', seq: 100, gap: false });
  desk.emit('order_update', { ...fill, orderid: 'a', seq: 101, prev_seq: 0 });
  desk.emit('disconnect');
  desk.emit('connect');
  for (const [orderid, seq] of [
    ['a', 101],
    ['b', 102],
    ['c', 103],
  ])
    desk.emit('order_update', { ...fill, orderid, seq, replayed: true });
  desk.questions[1]?.answer({ status: 'success', seq: 103, gap: false });
  desk.emit('order_update', { ...fill, orderid: 'c', seq: 103 });
  expect(desk.announced.map(({ key }) => key)).toEqual([
    'order:a:complete:10',
    'order:b:complete:10',
    'order:c:complete:10',
  ]);
});

it('reads the book when what it missed is no longer kept', () => {
  const desk = wired();
  desk.emit('connect');
  desk.questions[0]?.answer({ status: 'success', seq: 100, gap: false });
  desk.emit('disconnect');
  desk.emit('connect');
  desk.questions[1]?.answer({ status: 'success', seq: 9_000, gap: true });
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toContain('book');
});

it('hands on the feed state and a forced sign-out', () => {
  const desk = wired();
  desk.emit('feed_state', { state: 'dialing', reason: '' });
  desk.emit('feed_state', 'nonsense');
  desk.emit('force_logout', { message: 'Password changed' });
  expect(desk.feed).toEqual(['dialing']);
  expect(desk.out).toEqual(['Password changed']);
});

it('looks instruments up again once contracts are loaded', () => {
  const desk = wired();
  desk.emit('master_contract_download', {
    status: 'success',
    message: '29418 instruments loaded',
    total_symbols: 29418,
  });
  vi.advanceTimersByTime(200);
  expect(desk.contracts).toEqual(['changed']);
  expect(desk.invalidated).toContain('instruments');
  expect(desk.announced[0]).toMatchObject({ tone: 'success', title: 'Contracts loaded' });
});

it('stops listening when the desk closes', () => {
  const desk = wired();
  desk.stop();
  desk.emit('order_update', fill);
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toEqual([]);
  expect([...desk.listeners.values()].every((set) => set.size === 0)).toBe(true);
});

it('says when the market data needs somebody, and when it is well again', () => {
  const desk = wired();
  desk.emit('feed_alarm', { broker: 'zerodha', message: 'Connection 1 is down', over: false });
  desk.emit('feed_alarm', { broker: 'zerodha', message: 'Connection 1 is down', over: true });
  expect(desk.announced.map(({ tone, title, description }) => [tone, title, description])).toEqual([
    ['warning', 'Market data needs you', 'Connection 1 is down'],
    ['success', 'Market data is well again', undefined],
  ]);
});

it('announces a call of several orders once, when it has ended', () => {
  const desk = wired();
  const order = { symbol: 'SBIN', action: 'BUY', quantity: 10, batch_order: true };
  desk.emit('order_event', { ...order, orderid: '7', is_last_order: false });
  desk.emit('order_event', { ...order, orderid: '8', is_last_order: false });
  desk.emit('order_event', {
    symbol: 'Momentum',
    orderid: 'basket_3',
    batch_order: true,
    is_last_order: true,
    successful: 2,
    failed: 1,
    orderids: ['7', '8'],
  });
  desk.emit('order_event', { ...order, orderid: '9', batch_order: false, is_last_order: true });
  expect(desk.announced.map(({ tone, title }) => [tone, title])).toEqual([
    ['warning', 'Momentum: 2 of 3 orders sent'],
    ['info', 'BUY 10 SBIN sent'],
  ]);
});

it('says why nothing was sent, and how a close ended', () => {
  const desk = wired();
  desk.emit('order_notification', { symbol: 'SBIN', status: 'info', message: 'Positions Already Matched.' });
  desk.emit('close_position_event', {
    status: 'partial',
    message: 'Closed 1 positions. Failed to close 1 positions.',
  });
  expect(desk.announced.map(({ tone, title }) => [tone, title])).toEqual([
    ['info', 'SBIN: nothing sent'],
    ['warning', 'Closed 1 positions. Failed to close 1 positions.'],
  ]);
});

it('tells that a GTT fired or failed, and leaves what its dialog said alone', () => {
  const desk = wired();
  const gtt = { trigger_id: 'G1', symbol: 'SBIN', mode: 'live' };
  desk.emit('gtt_event', { ...gtt, event: 'placed' });
  desk.emit('gtt_event', { ...gtt, event: 'triggered', triggered_order_id: '77' });
  desk.emit('gtt_event', { ...gtt, event: 'failed', message: 'Insufficient funds' });
  vi.advanceTimersByTime(200);
  expect(desk.invalidated).toEqual(['book/gtts']);
  expect(desk.announced.map(({ title, tone }) => [title, tone])).toEqual([
    ['GTT fired: SBIN', 'info'],
    ['GTT did not become an order: SBIN', 'error'],
  ]);
});

it('announces a reached exit and one that needs a person, and reads the exits again', () => {
  const desk = wired();
  const exit = { exit_id: 'EXT-1', symbol: 'SBIN', triggered_leg: 'trailing_stop', price_seen: 940.5 };
  for (const status of ['active', 'firing', 'exiting', 'triggered', 'disabled'])
    desk.emit('position_exit', { ...exit, status, reason: 'not learnt' });
  vi.advanceTimersByTime(200);
  expect(desk.announced.map(({ title, tone }) => [title, tone])).toEqual([
    ['Exit of SBIN: trailing stop reached', 'warning'],
    ['Exit of SBIN: look into the order book', 'error'],
  ]);
  expect(desk.invalidated).toEqual(['book/exits']);
});
