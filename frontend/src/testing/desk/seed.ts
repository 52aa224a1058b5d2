import { INSTRUMENTS } from './market.ts';
import type { MockOrder, WaitingOrder } from './shapes.ts';

const ALL_EXCHANGES = ['NSE', 'BSE', 'NFO', 'BFO', 'CDS', 'MCX', 'NSE_INDEX', 'BSE_INDEX'];

export const BROKERS = [
  {
    id: 'simulator',
    name: 'Practice Exchange',
    family: 'simulator',
    status: 'ready',
    exchanges: ALL_EXCHANGES,
    products: ['CNC', 'NRML', 'MIS'],
    price_types: ['MARKET', 'LIMIT', 'SL', 'SL-M'],
    practice: true,
    auth: {
      kind: 'instant',
      credentials: { type: 'object', properties: {} },
      login: { type: 'object', properties: {} },
    },
    capabilities: { place: 'native', quotes: 'native', stream: 'native', gtt: 'absent' },
    proofs: {},
  },
  {
    id: 'zerodha',
    name: 'Zerodha',
    family: 'kite',
    status: 'ready',
    exchanges: ALL_EXCHANGES,
    products: ['CNC', 'NRML', 'MIS'],
    price_types: ['MARKET', 'LIMIT', 'SL', 'SL-M'],
    auth: {
      kind: 'redirect',
      credentials: {
        type: 'object',
        required: ['api_key', 'api_secret'],
        properties: {
          api_key: {
            type: 'string',
            title: 'API key',
            description: 'From the developer console of the broker.',
          },
          api_secret: { type: 'string', title: 'API secret', format: 'password' },
        },
      },
      login: { type: 'object', properties: {} },
    },
    capabilities: { place: 'native', quotes: 'native', depth: 'emulated', stream: 'native', gtt: 'native' },
    proofs: { place: 31, quotes: 3, depth: 1, stream: 23, gtt: 34 },
    limits: {
      quote_batch: 500,
      depth_levels: 5,
      tag_length: 20,
      rates: { order: { per_second: 10, per_minute: 200, exit_reserve: 2 }, quote: { per_second: 1 } },
      history: { '1m': { vendor: 'minute', days: 60 }, D: { vendor: 'day', days: 2000 } },
    },
    stream: { sockets: 3, instruments_per_socket: 3000, order_updates: 'market_socket' },
    gtt: { trigger_types: ['SINGLE', 'OCO'] },
    evidence: {
      orders: { source: 'vendor documentation, recorded payloads', date: '2026-11-21', verified: true },
      rates: { source: 'vendor forum; the daily cap is not published', date: '2026-11-21', verified: false },
    },
  },
  {
    id: 'angel',
    name: 'Angel One',
    family: 'smartapi',
    status: 'ready',
    exchanges: ['NSE', 'BSE', 'NFO', 'MCX'],
    products: ['CNC', 'NRML', 'MIS'],
    price_types: ['MARKET', 'LIMIT', 'SL', 'SL-M'],
    auth: {
      kind: 'form',
      credentials: {
        type: 'object',
        required: ['api_key'],
        properties: { api_key: { type: 'string', title: 'API key' } },
      },
      login: {
        type: 'object',
        required: ['client_code', 'pin', 'totp'],
        properties: {
          client_code: { type: 'string', title: 'Client code' },
          pin: { type: 'string', title: 'PIN', format: 'password', pattern: '^\\d{4,6}$' },
          totp: { type: 'string', title: 'One-time code', pattern: '^\\d{6}$' },
        },
      },
    },
    capabilities: { place: 'native', quotes: 'native', stream: 'native', gtt: 'absent' },
    proofs: { place: 40, quotes: 3, stream: 42 },
  },
  {
    id: 'samco',
    name: 'Samco',
    family: 'samco',
    status: 'broken',
    reason: 'plugin.json: limits.rate is missing',
  },
];

function clock(minutes: number): string {
  const at = 9 * 60 + 15 + minutes;
  return `2026-11-21 ${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}:${String((minutes * 7) % 60).padStart(2, '0')}`;
}

function seedOrders(): MockOrder[] {
  const tradable = INSTRUMENTS.filter((one) => !one.exchange.endsWith('_INDEX'));
  const statuses = [
    'complete',
    'complete',
    'open',
    'complete',
    'cancelled',
    'trigger pending',
    'complete',
    'rejected',
  ];
  return Array.from({ length: 64 }, (_, index) => {
    const one = tradable[(index * 7) % tradable.length] ?? tradable[0];
    if (!one) throw new Error('no instruments');
    const status = statuses[index % statuses.length] ?? 'complete';
    const type =
      status === 'trigger pending'
        ? index % 2
          ? 'SL'
          : 'SL-M'
        : status === 'complete' && index % 3
          ? 'MARKET'
          : 'LIMIT';
    const quantity = one.lotsize * (1 + (index % 4) * (one.lotsize === 1 ? 25 : 1));
    return {
      orderid: `261121${String(20_000_000 + index)}`,
      symbol: one.symbol,
      exchange: one.exchange,
      action: index % 3 === 1 ? 'SELL' : 'BUY',
      quantity,
      price: type === 'LIMIT' || type === 'SL' ? Number((one.base * 0.98).toFixed(1)) : 0,
      trigger_price: type.startsWith('SL') ? Number((one.base * 0.979).toFixed(1)) : 0,
      pricetype: type,
      product: one.exchange === 'NSE' || one.exchange === 'BSE' ? (index % 2 ? 'MIS' : 'CNC') : 'NRML',
      order_status: status,
      average_price: status === 'complete' ? one.base : 0,
      filled_quantity: status === 'complete' ? quantity : 0,
      pending_quantity: status === 'complete' ? 0 : quantity,
      rejection_reason:
        status === 'rejected' ? 'Insufficient funds: required 1,48,240.00, available 82,110.40' : '',
      strategy: index % 5 === 0 ? 'orb-15' : 'Desk',
      timestamp: clock(index * 4),
    } satisfies MockOrder;
  });
}

const WAITING: readonly Partial<WaitingOrder>[] = [
  {},
  { symbol: 'RELIANCE', action: 'SELL', price_type: 'LIMIT', price: '1432.5', product_type: 'CNC' },
  {
    symbol: 'INFY',
    needs_confirmation: true,
    confirm_reason: 'NSE:INFY moved from 1502.4 to 1518.9 (+1.10 %); the request is 312 s old',
  },
  { api_type: 'basketorder', symbol: '', action: '', quantity: '' },
  { status: 'approved', outcome: 'accepted', broker_order_id: '26112000004821', broker_status: 'complete' },
  {
    status: 'approved',
    outcome: 'refused',
    broker_status: 'rejected',
    message: 'Insufficient funds: 148240 needed, 82110.4 available',
  },
  {
    status: 'approved',
    outcome: 'unknown',
    message: "The broker's answer is missing: it is being looked for",
  },
  { status: 'rejected', rejected_reason: 'too large for today' },
  { status: 'expired', rejected_reason: 'Nobody decided in time' },
];

function seedWaiting(): WaitingOrder[] {
  return WAITING.map((changes, index) => ({
    id: WAITING.length - index,
    api_type: 'placeorder',
    status: 'pending',
    strategy: index % 2 ? 'orb-15' : 'mean-reversion',
    symbol: 'SBIN',
    exchange: 'NSE',
    action: 'BUY',
    quantity: String(10 * (index + 1)),
    price: null,
    price_type: 'MARKET',
    product_type: 'MIS',
    created_at_ist: `2026-11-20 ${clock(index * 4).slice(-8)}`,
    expires_at_ist: '2026-11-20 15:30:00',
    needs_confirmation: false,
    confirm_reason: null,
    prices: { 'NSE:SBIN': '968.3' },
    outcome: null,
    message: null,
    broker_order_id: null,
    broker_status: null,
    rejected_reason: null,
    request_id: `R${index}`,
    ...changes,
  }));
}

/** A day's book for screenshots: enough rows to fill a tall screen. */
export function BOOK_SEED() {
  const orders = seedOrders();
  const filled = orders.filter((order) => order.order_status === 'complete');
  return {
    orders,
    waiting: seedWaiting(),
    trades: filled.map((order, index) => ({
      orderid: order.orderid,
      tradeid: `T${index + 1000}`,
      symbol: order.symbol,
      exchange: order.exchange,
      action: order.action,
      quantity: order.quantity,
      average_price: order.average_price,
      trade_value: order.average_price * order.quantity,
      product: order.product,
      timestamp: order.timestamp,
    })),
    positions: filled.slice(0, 26).map((order, index) => ({
      symbol: order.symbol,
      exchange: order.exchange,
      product: order.product,
      quantity: index % 6 === 5 ? 0 : order.action === 'BUY' ? order.quantity : -order.quantity,
      average_price: order.average_price * (1 + Math.sin(index) * 0.01),
      realized_pnl: index % 6 === 5 ? 1840.5 - index * 210 : 0,
    })),
    holdings: INSTRUMENTS.filter((one) => one.exchange === 'NSE')
      .slice(0, 12)
      .map((one, index) => ({
        symbol: one.symbol,
        exchange: 'NSE',
        quantity: 10 + index * 15,
        average_price: Number((one.base * (0.82 + index * 0.03)).toFixed(2)),
      })),
    watchlist: INSTRUMENTS.filter(
      (one) =>
        one.exchange === 'NSE' ||
        one.exchange === 'MCX' ||
        one.exchange === 'CDS' ||
        one.symbol.includes('25400'),
    ).map(({ symbol, exchange }) => ({ symbol, exchange })),
  };
}
