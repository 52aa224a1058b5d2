import { type Answer, type Call, refusal, success } from './answers.ts';
import { findInstrument, INSTRUMENTS, type MockInstrument, priceAt, quoteAt } from './market.ts';
import type { MockDesk } from './mock-desk.ts';

/** Chains of the one mock expiry: NIFTY, 24 December 2026. */

const EXPIRY = '24DEC26';
const STRIKES = [
  ...new Set(INSTRUMENTS.filter(({ instrumenttype }) => instrumenttype === 'CE').map(({ strike }) => strike)),
];

function spotAt(time: number): number {
  const nifty = findInstrument('NSE_INDEX', 'NIFTY');
  return nifty ? priceAt(nifty, time) : 0;
}

function moneyAt(time: number): number {
  const spot = spotAt(time);
  return STRIKES.reduce((best, strike) => (Math.abs(strike - spot) < Math.abs(best - spot) ? strike : best));
}

function legOf(row: MockInstrument, now: number) {
  const quote = quoteAt(row, now);
  // Far in the money no volatility can be told.
  const isBlind = row.base > 700;
  return {
    symbol: row.symbol,
    label: 'ATM',
    ...quote,
    lotsize: row.lotsize,
    tick_size: row.tick_size,
    oi: 100_000 + (row.strike % 7) * 50_000,
    // As with a broker whose daily bars of puts hold no open interest.
    prev_oi: row.instrumenttype === 'CE' ? 150_000 : null,
    implied_volatility: isBlind ? null : 14.5,
    delta: row.instrumenttype === 'CE' ? 0.5 : -0.5,
    gamma: 0.0008,
    theta: -12.5,
    vega: 13.2,
    ...(isBlind && { iv_reason: 'the price holds no time value' }),
  };
}

function chain(desk: MockDesk, { query }: Call): Answer {
  if (query.get('underlying') !== 'NIFTY') return refusal('Symbol not found');
  const now = desk.now();
  const count = Number(query.get('strike_count') || 0);
  const money = STRIKES.indexOf(moneyAt(now));
  const shown = count ? STRIKES.slice(Math.max(0, money - count), money + count + 1) : STRIKES;
  const option = (strike: number, kind: string) => {
    const row = findInstrument('NFO', `NIFTY${EXPIRY}${strike}${kind}`);
    return row ? legOf(row, now) : null;
  };
  return success({
    underlying: 'NIFTY',
    underlying_symbol: 'NIFTY',
    underlying_exchange: 'NSE_INDEX',
    underlying_ltp: spotAt(now),
    underlying_prev_close: 25_412.3,
    expiry_date: EXPIRY,
    atm_strike: moneyAt(now),
    quotes_age_ms: 400,
    forward_price: spotAt(now) + 80,
    forward_source: 'future',
    t_years: 0.1,
    chain: shown.map((strike) => ({ strike, ce: option(strike, 'CE'), pe: option(strike, 'PE') })),
    interest: {
      strikes: shown.length,
      ce_oi: 4_200_000,
      pe_oi: 5_040_000,
      pcr_oi: 1.2,
      pcr_volume: null,
      max_pain: 25_400,
    },
  });
}

function pick(desk: MockDesk, { body }: Call): Answer {
  const money = STRIKES.indexOf(moneyAt(desk.now()));
  const legs = (body.legs as { option_type: string; offset?: string }[]).map(
    ({ option_type, offset = '' }) => {
      const match = /^(ATM|ITM|OTM)(\d*)$/.exec(offset);
      const steps = Number(match?.[2] || 0) * ((match?.[1] === 'OTM') === (option_type === 'CE') ? 1 : -1);
      const row =
        option_type === 'FUT'
          ? findInstrument('NFO', `NIFTY${EXPIRY}FUT`)
          : findInstrument('NFO', `NIFTY${EXPIRY}${STRIKES[money + steps]}${option_type}`);
      return { ...row, units: row?.lotsize };
    },
  );
  return success({ underlying_ltp: spotAt(desk.now()), legs });
}

/** Intrinsic values only: enough to draw. */
function payoff(desk: MockDesk, { body }: Call): Answer {
  const legs = body.legs as {
    symbol: string;
    exchange: string;
    action: string;
    quantity: number;
    price?: number;
  }[];
  const rows = legs.map((leg) => ({ ...leg, row: findInstrument(leg.exchange, leg.symbol) }));
  const spot = spotAt(desk.now());
  const prices = Array.from({ length: 121 }, (_, index) => spot * (0.9 + index / 600));
  const at = (price: number) =>
    rows.reduce((sum, { action, quantity, price: paid, row }) => {
      if (!row) return sum;
      const intrinsic = row.instrumenttype === 'CE' ? price - row.strike : row.strike - price;
      const worth = row.strike ? Math.max(0, intrinsic) : price;
      return sum + (action === 'BUY' ? 1 : -1) * quantity * (worth - (paid ?? row.base));
    }, 0);
  const curve = prices.map(at);
  return success({
    underlying: 'NIFTY',
    exchange: 'NSE_INDEX',
    spot,
    forward: spot,
    atm_volatility: 14.5,
    days_left: 24,
    days: body.days,
    credit: 1485.25,
    legs: [],
    net: { delta: 1.5, gamma: -0.02, vega: -240, theta: 310 },
    terminal: {
      is_exact: true,
      max_profit: { amount: 1485.25, at: spot, is_unlimited: false },
      max_loss: { amount: null, at: null, is_unlimited: true },
      breakevens: [25_100.5, 25_699.5],
      probability: 0.748,
    },
    prices,
    expiry: curve,
    target: curve,
    gap: '',
  });
}

function basket(desk: MockDesk, { body }: Call): Answer {
  const orders = body.orders as Record<string, unknown>[];
  const results = orders.map((order, index) => {
    const { status, body: reply } = desk.place({
      ...order,
      client_order_id: `${body.client_order_id}:${index}`,
    });
    const told = reply as { data?: { orderid: string }; message?: string };
    return {
      index,
      symbol: order.symbol,
      exchange: order.exchange,
      product: order.product,
      action: order.action,
      ...(status === 200
        ? { status: 'success', orderid: told.data?.orderid }
        : { status: 'error', message: told.message, code: 'REFUSED' }),
    };
  });
  return success({ results });
}

export const OPTION_ROUTES: Record<string, (desk: MockDesk, call: Call, id: string) => Answer> = {
  'GET /options/expiries': (_desk, { query }) =>
    query.get('underlying') === 'NIFTY'
      ? success({ underlying: 'NIFTY', exchange: 'NFO', expiries: [EXPIRY, '31DEC26'] })
      : refusal(`Symbol ${query.get('underlying')} not found on ${query.get('exchange')}`),
  'GET /options/chain': chain,
  'POST /options/pick': pick,
  'POST /options/payoff': payoff,
  'POST /basket': basket,
};
