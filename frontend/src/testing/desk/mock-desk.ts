import { MockCredentials } from './account.ts';
import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import type { MockExit } from './exits.ts';
import { KEY_SEED, type MockKey } from './keys.ts';
import { findInstrument, priceAt, quoteAt, searchInstruments } from './market.ts';
import { MockPaper } from './paper.ts';
import type { MockPasskey } from './passkeys.ts';
import { RISK_SEED } from './risk.ts';
import { BOOK_SEED, BROKERS } from './seed.ts';
import type { MockAccount, MockGtt, MockOrder, MockRisk, WaitingOrder } from './shapes.ts';
import type { MockStrategy } from './strategies.ts';
import { type MockUser, USER_SEED } from './users.ts';
import type { MockWatchlists } from './watchlists.ts';

type Listener = (event: string, payload: unknown) => void;
type Position = {
  symbol: string;
  exchange: string;
  product: string;
  quantity: number;
  average_price: number;
  realized_pnl: number;
};

const KEY = 'oa-4c1d8e02f7a94b6c9d35e1f08a7b2c64';

/** The UI API in memory: one user, one account list, a book that fills market orders at the invented price. */
export class MockDesk {
  user: { username: string; email: string; is_admin: boolean } | null = null;
  password = '';
  isSignedIn = false;
  credentials = new MockCredentials();
  mode: 'live' | 'analyze' = 'live';
  accounts: MockAccount[] = [];
  orders: MockOrder[] = [];
  trades: object[] = [];
  positions: Position[] = [];
  holdings: { symbol: string; exchange: string; quantity: number; average_price: number }[] = [];
  watchlist: { symbol: string; exchange: string }[] = [];
  watchlists: MockWatchlists | null = null;
  documents: Record<string, { version: number; value: unknown }> = {};
  waiting: WaitingOrder[] = [];
  gtts: MockGtt[] = [];
  risk: MockRisk = RISK_SEED();
  drift: { rows: { explained: boolean }[]; unread: Record<string, string> } = { rows: [], unread: {} };
  paper = new MockPaper();
  exits: MockExit[] = [];
  preferences: Record<string, string> = {};
  apiKey: string | null = null;
  passkeyOrigin: string | null = null;
  passkeys: MockPasskey[] = [];
  keys: MockKey[] = KEY_SEED();
  users: MockUser[] = USER_SEED();
  strategies: MockStrategy[] = [];
  seen = new Map<string, string>();
  now: () => number = () => Date.now();
  fillDelayMs = 250;
  private count = 0;
  private listeners = new Set<Listener>();

  /** A desk in use: signed in, connected, with a day's book. */
  static inUse(): MockDesk {
    const desk = new MockDesk();
    desk.user = { username: 'trader', email: 'trader@example.test', is_admin: true };
    desk.password = 'Practice#2026';
    desk.isSignedIn = true;
    desk.apiKey = KEY;
    desk.addAccount('simulator', 'Practice Exchange');
    desk.connectAccount(1);
    Object.assign(desk, BOOK_SEED());
    return desk;
  }

  /** The same desk in front of a real broker. */
  static withRealMoney(): MockDesk {
    const desk = MockDesk.inUse();
    for (const account of desk.accounts) account.active = false;
    const real = desk.addAccount('zerodha', 'Main account');
    desk.connectAccount(real.id);
    real.active = true;
    return desk;
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: string, payload: unknown): void {
    for (const listener of this.listeners) listener(event, payload);
  }

  driftReport() {
    const { rows, unread } = this.drift;
    const unexplained = rows.filter((row) => !row.explained).length;
    return { at: this.iso(), broker: 'simulator', count: rows.length, unexplained, unread, rows };
  }

  private iso(offset = 0): string {
    return new Date(this.now() + offset).toISOString();
  }

  private stamp(): string {
    return new Date(this.now() + 19_800_000).toISOString().slice(0, 19).replace('T', ' ');
  }

  addAccount(broker: string, label: string): MockAccount {
    const account: MockAccount = {
      id: this.accounts.length + 1,
      broker,
      broker_name: BROKERS.find((one) => one.id === broker)?.name ?? broker,
      practice: broker === 'simulator',
      label,
      active: this.accounts.length === 0,
      session: { state: 'none', since: null, expires_at: null, reason: null },
      broker_user_id: null,
      contracts: { status: 'none', total: null, loaded_at: null, message: null },
    };
    this.accounts.push(account);
    return account;
  }

  connectAccount(id: number): MockAccount | undefined {
    const account = this.accounts.find((one) => one.id === id);
    if (!account) return undefined;
    account.session = {
      state: 'valid',
      since: this.iso(),
      expires_at: this.iso(6 * 3_600_000),
      reason: null,
    };
    account.broker_user_id = 'PX0001';
    account.contracts = { status: 'loaded', total: 10_482, loaded_at: this.iso(), message: null };
    return account;
  }

  bootstrap() {
    return {
      version: '0.1.0',
      needs_setup: this.user === null,
      setup_token_required: false,
      authenticated: this.isSignedIn,
      code_owed_until: this.credentials.owesCode ? new Date(Date.now() + 300_000).toISOString() : null,
      passkey_origin: this.passkeyOrigin,
      csrf_token: 'mock-token',
      user: this.isSignedIn ? this.user : null,
      mode: this.mode,
      account: this.isSignedIn ? (this.accounts.find((one) => one.active) ?? null) : null,
      accounts: this.isSignedIn ? this.accounts : [],
      ws_url: '/mock-feed',
      session_expires_at: null,
    };
  }

  ltp(exchange: string, symbol: string): number {
    const instrument = findInstrument(exchange, symbol);
    return instrument ? priceAt(instrument, this.now()) : 0;
  }

  place(body: Record<string, unknown>): Answer {
    const { symbol, exchange, action, quantity, pricetype, product } = body as unknown as MockOrder;
    const instrument = findInstrument(exchange, symbol);
    if (!instrument) return refusal(`Symbol ${symbol} not found on ${exchange}`);
    if (quantity % instrument.lotsize !== 0) {
      return refusal(`quantity: must be in multiples of lot size ${instrument.lotsize}`, {
        quantity: [`must be in multiples of lot size ${instrument.lotsize}`],
      });
    }
    const intent = body.client_order_id ? String(body.client_order_id) : null;
    const replay = intent ? this.seen.get(intent) : undefined;
    if (replay) return success({ orderid: replay });
    const orderid = `261121${String(++this.count + 10_000_000)}`;
    if (intent) this.seen.set(intent, orderid);
    const order: MockOrder = {
      orderid,
      symbol,
      exchange,
      action,
      quantity,
      pricetype,
      product,
      price: Number(body.price ?? 0),
      trigger_price: Number(body.trigger_price ?? 0),
      order_status: pricetype.startsWith('SL') ? 'trigger pending' : 'open',
      average_price: 0,
      filled_quantity: 0,
      pending_quantity: quantity,
      rejection_reason: '',
      strategy: String(body.strategy ?? 'Desk'),
      timestamp: this.stamp(),
    };
    this.orders.unshift(order);
    this.emit('order_event', {
      symbol,
      action,
      orderid,
      exchange,
      price_type: pricetype,
      product_type: product,
      mode: this.mode,
    });
    const ltp = this.ltp(exchange, symbol);
    const isMarketable =
      pricetype === 'MARKET' ||
      (pricetype === 'LIMIT' && (action === 'BUY' ? order.price >= ltp : order.price <= ltp));
    if (isMarketable) setTimeout(() => this.fill(order), this.fillDelayMs);
    return success({ orderid });
  }

  fill(order: MockOrder): void {
    if (order.order_status !== 'open') return;
    const price = this.ltp(order.exchange, order.symbol);
    Object.assign(order, {
      order_status: 'complete',
      average_price: price,
      filled_quantity: order.quantity,
      pending_quantity: 0,
    });
    this.trades.unshift({
      orderid: order.orderid,
      tradeid: `T${order.orderid.slice(-6)}`,
      symbol: order.symbol,
      exchange: order.exchange,
      action: order.action,
      quantity: order.quantity,
      average_price: price,
      trade_value: price * order.quantity,
      product: order.product,
      timestamp: this.stamp(),
    });
    this.move(order, price);
    this.emit('order_update', { ...order, mode: this.mode });
  }

  private move(order: MockOrder, price: number): void {
    const signed = order.action === 'BUY' ? order.quantity : -order.quantity;
    let position = this.positions.find(
      (p) => p.symbol === order.symbol && p.exchange === order.exchange && p.product === order.product,
    );
    if (!position) {
      position = {
        symbol: order.symbol,
        exchange: order.exchange,
        product: order.product,
        quantity: 0,
        average_price: 0,
        realized_pnl: 0,
      };
      this.positions.unshift(position);
    }
    const after = position.quantity + signed;
    if (position.quantity * signed >= 0) {
      position.average_price =
        (position.average_price * Math.abs(position.quantity) + price * order.quantity) /
        (Math.abs(after) || 1);
    } else {
      const closed = Math.min(Math.abs(position.quantity), order.quantity);
      position.realized_pnl += (price - position.average_price) * closed * Math.sign(position.quantity);
      if (position.quantity * after < 0) position.average_price = price;
    }
    position.quantity = after;
  }

  positionRows() {
    return this.positions.map((position) => {
      const ltp = this.ltp(position.exchange, position.symbol);
      const open = (ltp - position.average_price) * position.quantity;
      return {
        ...position,
        ltp,
        pnl: Number((open + position.realized_pnl).toFixed(2)),
        tick_size: findInstrument(position.exchange, position.symbol)?.tick_size,
      };
    });
  }

  holdingRows() {
    const holdings = this.holdings.map((holding) => {
      const ltp = this.ltp(holding.exchange, holding.symbol);
      const pnl = (ltp - holding.average_price) * holding.quantity;
      return { ...holding, product: 'CNC', ltp, pnl, pnlpercent: (ltp / holding.average_price - 1) * 100 };
    });
    const invested = holdings.reduce((sum, one) => sum + one.average_price * one.quantity, 0);
    const value = holdings.reduce((sum, one) => sum + one.ltp * one.quantity, 0);
    return {
      holdings,
      statistics: {
        totalholdingvalue: value,
        totalinvvalue: invested,
        totalprofitandloss: value - invested,
        totalpnlpercentage: invested ? (value / invested - 1) * 100 : 0,
      },
    };
  }

  cancel(orderid: string): Answer {
    const order = this.orders.find((one) => one.orderid === orderid);
    if (!order) return failure(404, `Order ${orderid} not found`);
    if (!['open', 'trigger pending'].includes(order.order_status))
      return refusal(`Cannot cancel order in ${order.order_status} status`);
    order.order_status = 'cancelled';
    this.emit('order_update', { ...order, mode: this.mode });
    return success({ orderid });
  }

  quotes(call: Call): Answer {
    const asked = (call.body.symbols ?? []) as { symbol: string; exchange: string }[];
    return success(
      asked.map(({ symbol, exchange }) => {
        const instrument = findInstrument(exchange, symbol);
        return instrument
          ? { symbol, exchange, data: quoteAt(instrument, this.now()) }
          : { symbol, exchange, error: 'not found' };
      }),
    );
  }

  search(call: Call): Answer {
    return success(
      searchInstruments(
        call.query.get('q') ?? '',
        call.query.get('exchange') ?? '',
        Number(call.query.get('limit') ?? 50),
        call.query,
      ),
    );
  }
}
