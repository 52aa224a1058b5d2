import { ACCOUNT_ROUTES, PUBLIC_ACCOUNT } from './account.ts';
import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import { CHART_ROUTES } from './charts.ts';
import { changeExit, placeExit, withdrawExit } from './exits.ts';
import { GTT_ROUTES } from './gtts.ts';
import { KEY_ROUTES } from './keys.ts';
import { findInstrument } from './market.ts';
import type { MockDesk } from './mock-desk.ts';
import { PAPER_ROUTES } from './paper.ts';
import { PASSKEY_ROUTES } from './passkeys.ts';
import { CURVE, todayOf } from './pnl.ts';
import { RISK_ROUTES } from './risk.ts';
import { BROKERS } from './seed.ts';
import { STRATEGY_ROUTES } from './strategies.ts';
import { TICKET_ROUTES } from './ticket.ts';
import { USER_ROUTES } from './users.ts';
import { answerDocument, WATCHLIST_ROUTES } from './watchlists.ts';

type Handler = (desk: MockDesk, call: Call, id: string) => Answer;

const PUBLIC = ['/bootstrap', '/login', '/setup', ...PUBLIC_ACCOUNT];

function setUp(desk: MockDesk, { body }: Call): Answer {
  if (desk.user) return failure(409, 'This desk is set up already');
  if (String(body.username).includes(' '))
    return refusal('username: must not contain blanks', { username: ['must not contain blanks'] });
  desk.user = { username: String(body.username), email: String(body.email), is_admin: true };
  desk.password = String(body.password);
  desk.isSignedIn = true;
  return success(desk.bootstrap());
}

function connect(desk: MockDesk, id: string): Answer {
  const account = desk.accounts.find((one) => String(one.id) === id);
  if (account?.broker === 'zerodha') return success({ redirect_url: 'https://broker.example.test/login' });
  const connected = desk.connectAccount(Number(id));
  return connected ? success({ account: connected }) : failure(404, 'No such account');
}

function closeAll(desk: MockDesk, { body }: Call): Answer {
  const named = body.positions as { symbol: string; exchange: string; product: string }[] | undefined;
  const open = desk.positions.filter(
    (position) =>
      position.quantity !== 0 &&
      (!named ||
        named.some(
          ({ symbol, exchange, product }) =>
            symbol === position.symbol && exchange === position.exchange && product === position.product,
        )),
  );
  const results = open.map(({ symbol, exchange, product, quantity }) => ({
    symbol,
    exchange,
    product,
    quantity: Math.abs(quantity),
    status: 'success',
    orderid: `close-${symbol}`,
  }));
  for (const position of open) closeOne(desk, position);
  return success({ message: `${open.length} positions are being closed`, results });
}

function closeOne(desk: MockDesk, wanted: Record<string, unknown>): Answer {
  const position = desk.positions.find(
    (one) =>
      one.symbol === wanted.symbol &&
      one.exchange === wanted.exchange &&
      one.product === wanted.product &&
      one.quantity !== 0,
  );
  if (!position) return success({ message: 'No open position' });
  return desk.place({
    symbol: position.symbol,
    exchange: position.exchange,
    product: position.product,
    action: position.quantity > 0 ? 'SELL' : 'BUY',
    quantity: Math.abs(position.quantity),
    pricetype: 'MARKET',
    strategy: 'Close',
  });
}

function modify(desk: MockDesk, call: Call, id: string): Answer {
  const order = desk.orders.find((one) => one.orderid === id);
  if (!order) return failure(404, `Order ${id} not found`);
  Object.assign(order, {
    quantity: call.body.quantity,
    pending_quantity: call.body.quantity,
    pricetype: call.body.pricetype,
    price: call.body.price ?? 0,
    trigger_price: call.body.trigger_price ?? 0,
  });
  desk.emit('modify_order_event', { orderid: id });
  return success({ orderid: id });
}

function cancelAll(desk: MockDesk, { body }: Call): Answer {
  const named = body.order_ids as string[] | undefined;
  const open = desk.orders.filter(
    (order) =>
      ['open', 'trigger pending'].includes(order.order_status) && (!named || named.includes(order.orderid)),
  );
  for (const order of open) desk.cancel(order.orderid);
  return success({
    canceled_orders: open.map((order) => order.orderid),
    failed_cancellations: [],
    message: '',
  });
}

function reveal(desk: MockDesk, { body }: Call): Answer {
  return body.password === desk.password
    ? success({ api_key: desk.apiKey })
    : refusal('password: is wrong', { password: ['is wrong'] });
}

const FUNDS = {
  availablecash: '884213.55',
  collateral: '150000.00',
  m2mrealized: '-1280.40',
  m2munrealized: '6412.75',
  utiliseddebits: '115786.45',
  unpriced: 0,
};

function waitingOf(desk: MockDesk, { query }: Call): Answer {
  const status = query.get('status') ?? 'pending';
  const statistics: Record<string, number> = { pending: 0, total: desk.waiting.length };
  for (const row of desk.waiting) statistics[row.status] = (statistics[row.status] ?? 0) + 1;
  return success({
    orders: desk.waiting.filter((row) => status === 'all' || row.status === status),
    statistics,
  });
}

function approveWaiting(desk: MockDesk, { body }: Call, id: string): Answer {
  const row = desk.waiting.find((one) => String(one.id) === id);
  if (!row) return failure(404, `No waiting order ${id}`, { code: 'NOT_FOUND' });
  if (row.status !== 'pending') return failure(409, `Order ${id} is ${row.status} already`);
  if (row.confirm_reason && body.confirm !== true)
    return failure(409, `Please look again and confirm: ${row.confirm_reason}`, {
      code: 'NEEDS_CONFIRMATION',
    });
  Object.assign(row, {
    status: 'approved',
    outcome: 'accepted',
    broker_order_id: '900',
    broker_status: 'open',
  });
  return success(row);
}

function rejectWaiting(desk: MockDesk, id: string): Answer {
  const row = desk.waiting.find((one) => String(one.id) === id && one.status === 'pending');
  if (!row) return failure(409, `Order ${id} is decided already`);
  row.status = 'rejected';
  return success(row);
}

function story(desk: MockDesk, { query }: Call): Answer {
  const order = desk.orders.find((one) => one.orderid === query.get('orderid'));
  if (!order) return failure(404, 'No order under this id', { code: 'NOT_FOUND' });
  const at = (ms: number) => ({ at: `2026-11-20T09:20:00.${String(ms).padStart(3, '0')}+05:30`, at_ms: ms });
  return success({
    orderid: order.orderid,
    tag: 'OA0123456789ABCDEF',
    request_ids: ['R1'],
    events: [
      { ...at(1), stage: 'received', source: 'api', operation: 'place' },
      { ...at(2), stage: 'checked', rule: 'lot', passed: true, value: '10', limit: 1 },
      { ...at(3), stage: 'journalled' },
      { ...at(4), stage: 'sent' },
      { ...at(9), stage: 'answered' },
      { ...at(12), stage: 'state', status: order.order_status, source: 'push', filled_quantity: 10 },
      { ...at(12), stage: 'fill', quantity: 10, price: '968.3', source: 'push' },
    ],
  });
}

const ROUTES: Record<string, Handler> = {
  ...ACCOUNT_ROUTES,
  ...GTT_ROUTES,
  ...RISK_ROUTES,
  ...PAPER_ROUTES,
  ...CHART_ROUTES,
  ...TICKET_ROUTES,
  'GET /action-center': waitingOf,
  'POST /action-center/approve-all': (desk, call) => {
    const waiting = desk.waiting.filter((row) => row.status === 'pending');
    return success({
      results: waiting.map((row) => {
        const { status } = approveWaiting(desk, call, String(row.id));
        return {
          pending_order_id: row.id,
          outcome: status === 200 ? 'accepted' : null,
          message: row.confirm_reason,
        };
      }),
    });
  },
  'POST /action-center/reject-all': (desk) => {
    const waiting = desk.waiting.filter((row) => row.status === 'pending');
    for (const row of waiting) row.status = 'rejected';
    return success({ rejected: waiting.length });
  },
  'POST /action-center/:id/approve': approveWaiting,
  'DELETE /action-center/:id': (desk, _call, id) => {
    const row = desk.waiting.find((one) => String(one.id) === id);
    if (row?.status === 'pending') return failure(409, `Order ${id} is pending; decide on it first`);
    desk.waiting = desk.waiting.filter((one) => one !== row);
    return success({ deleted: Number(id) });
  },
  'POST /action-center/:id/reject': (desk, _call, id) => rejectWaiting(desk, id),
  'GET /order-timeline': story,
  'GET /bootstrap': (desk) => success(desk.bootstrap()),
  'POST /setup': setUp,
  'POST /logout': (desk) => {
    desk.isSignedIn = false;
    return success({});
  },
  'GET /brokers': () => success(BROKERS),
  'GET /accounts': (desk) => success(desk.accounts),
  'POST /accounts': (desk, { body }) => success(desk.addAccount(String(body.broker), String(body.label))),
  'PUT /accounts/:id': (desk, { body }, id) => {
    const account = desk.accounts.find((one) => String(one.id) === id);
    if (!account) return failure(404, 'No such account');
    if (body.label) account.label = String(body.label);
    return success(account);
  },
  'DELETE /accounts/:id': (desk, _call, id) => {
    desk.accounts = desk.accounts.filter((one) => String(one.id) !== id);
    return success({});
  },
  'POST /accounts/:id/connect': (desk, _call, id) => connect(desk, id),
  'POST /accounts/:id/disconnect': (desk, _call, id) => {
    const account = desk.accounts.find((one) => String(one.id) === id);
    if (account) account.session = { state: 'none', since: null, expires_at: null, reason: null };
    return success(account);
  },
  'POST /accounts/:id/activate': (desk, _call, id) => {
    for (const account of desk.accounts) account.active = String(account.id) === id;
    return success(desk.accounts.find((one) => one.active));
  },
  'GET /funds': () => success(FUNDS),
  'GET /orders': (desk) => success({ orders: desk.orders, statistics: {} }),
  'POST /orders': (desk, { body }) => desk.place(body),
  'POST /orders/cancel-all': cancelAll,
  'PUT /orders/:id': modify,
  'DELETE /orders/:id': (desk, _call, id) => desk.cancel(id),
  'GET /trades': (desk) => success(desk.trades),
  'GET /drift': (desk) => success(desk.driftReport()),
  'GET /positions': (desk) => success(desk.positionRows()),
  'POST /positions/close': (desk, { body }) => closeOne(desk, body),
  'POST /positions/close-all': closeAll,
  'GET /pnl': (desk) => success(todayOf(desk)),
  'GET /pnl/curve': () => success(CURVE),
  'GET /position-exits': (desk) => success(desk.exits),
  'POST /position-exits': placeExit,
  'PUT /position-exits/:id': changeExit,
  'DELETE /position-exits/:id': withdrawExit,
  'GET /holdings': (desk) => success(desk.holdingRows()),
  'GET /search': (desk, call) => desk.search(call),
  'GET /symbol': (_desk, { query }) => {
    const found = findInstrument(query.get('exchange') ?? '', query.get('symbol') ?? '');
    return found
      ? success(found)
      : failure(404, `Symbol '${query.get('symbol')}' not found for exchange '${query.get('exchange')}'`);
  },
  'POST /quotes': (desk, call) => desk.quotes(call),
  'GET /apikey': (desk) =>
    success({
      exists: desk.apiKey !== null,
      masked: desk.apiKey && `${desk.apiKey.slice(0, 4)}••••••••${desk.apiKey.slice(-4)}`,
      created_at: '2026-11-20T04:12:00Z',
      last_used_at: null,
    }),
  'POST /apikey': (desk) => {
    desk.apiKey = `oa-${'0123456789abcdef'.repeat(2)}`;
    return success({ api_key: desk.apiKey });
  },
  'POST /apikey/reveal': reveal,
  ...KEY_ROUTES,
  ...USER_ROUTES,
  ...STRATEGY_ROUTES,
  ...PASSKEY_ROUTES,
  ...WATCHLIST_ROUTES,
  'POST /ws-ticket': () => success({ ticket: 'mock-ticket', expires_in: 60, ws_url: '/mock-feed' }),
  'GET /contracts': () => success({ status: 'loaded', total: 10_482 }),
  'POST /errors/browser': () => success({}),
  'POST /contracts/refresh': () => success({ status: 'loading' }),
  'GET /market-status': (desk) =>
    success({
      now: new Date(desk.now()).toISOString(),
      ...(desk.accounts.find((one) => one.active)?.practice
        ? {
            practice: true,
            exchanges: [{ exchange: 'NSE', open: true, session: 'practice', next_change: null }],
          }
        : {
            practice: false,
            exchanges: [
              { exchange: 'NSE', open: true, session: 'open', next_change: '2026-11-21T10:00:00Z' },
            ],
          }),
    }),
};

/** `/orders/7` matches `/orders/:id`, `/strategies/3/mappings/7` one of `:id` and `:row`; exact paths win. */
function route(method: string, path: string): [Handler, string] | null {
  const exact = ROUTES[`${method} ${path}`];
  if (exact) return [exact, ''];
  const parts = path.split('/');
  const id = decodeURIComponent(parts[2] ?? '');
  parts[2] = ':id';
  if (parts.length === 5) parts[4] = ':row';
  const handler = ROUTES[`${method} ${parts.join('/')}`];
  return handler ? [handler, id] : null;
}

export function answer(desk: MockDesk, call: Call): Answer {
  if (!PUBLIC.includes(call.path) && !desk.isSignedIn)
    return failure(401, 'Please sign in', { code: 'SESSION_EXPIRED' });
  const document = answerDocument(desk, call);
  if (document) return document;
  const found = route(call.method, call.path);
  return found ? found[0](desk, call, found[1]) : failure(404, 'Not found');
}
