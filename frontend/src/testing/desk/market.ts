/** A small invented market: enough instruments and movement to exercise every view. */

export interface MockInstrument {
  symbol: string;
  exchange: string;
  name: string;
  expiry: string;
  strike: number;
  lotsize: number;
  instrumenttype: string;
  tick_size: number;
  freeze_qty: number;
  base: number;
}

const STOCKS: [string, string, number][] = [
  ['RELIANCE', 'Reliance Industries', 1482.4],
  ['TCS', 'Tata Consultancy Services', 3105.2],
  ['INFY', 'Infosys', 1544.85],
  ['HDFCBANK', 'HDFC Bank', 1003.1],
  ['ICICIBANK', 'ICICI Bank', 1372.55],
  ['SBIN', 'State Bank of India', 968.3],
  ['TATAPOWER', 'Tata Power', 391.4],
  ['ITC', 'ITC', 404.25],
  ['LT', 'Larsen & Toubro', 3988.7],
  ['AXISBANK', 'Axis Bank', 1262.05],
  ['MARUTI', 'Maruti Suzuki India', 15874],
  ['SUNPHARMA', 'Sun Pharmaceutical', 1776.3],
  ['MRF', 'MRF', 152410],
  ['ASIANPAINT', 'Asian Paints', 2871.6],
  ['WIPRO', 'Wipro', 246.18],
];

function stock([symbol, name, base]: [string, string, number], exchange: string): MockInstrument {
  return {
    symbol,
    exchange,
    name,
    expiry: '',
    strike: 0,
    lotsize: 1,
    instrumenttype: 'EQ',
    tick_size: 0.05,
    freeze_qty: 0,
    base,
  };
}

function option(strike: number, kind: 'CE' | 'PE'): MockInstrument {
  const spot = 25412;
  const intrinsic = Math.max(0, kind === 'CE' ? spot - strike : strike - spot);
  return {
    symbol: `NIFTY24DEC26${strike}${kind}`,
    exchange: 'NFO',
    name: 'NIFTY',
    expiry: '24-DEC-26',
    strike,
    lotsize: 75,
    instrumenttype: kind,
    tick_size: 0.05,
    freeze_qty: 1800,
    base: Math.round((intrinsic + 210 * Math.exp(-Math.abs(spot - strike) / 400)) * 20) / 20,
  };
}

const STRIKES = Array.from({ length: 41 }, (_, index) => 24400 + index * 50);

export const INSTRUMENTS: MockInstrument[] = [
  ...STOCKS.map((row) => stock(row, 'NSE')),
  ...STOCKS.slice(0, 6).map((row) => stock(row, 'BSE')),
  { ...stock(['NIFTY', 'Nifty 50', 25412.3], 'NSE_INDEX'), instrumenttype: 'INDEX' },
  { ...stock(['BANKNIFTY', 'Nifty Bank', 58236.75], 'NSE_INDEX'), instrumenttype: 'INDEX' },
  { ...stock(['SENSEX', 'S&P BSE Sensex', 83211.4], 'BSE_INDEX'), instrumenttype: 'INDEX' },
  {
    ...stock(['NIFTY24DEC26FUT', 'NIFTY', 25498.6], 'NFO'),
    expiry: '24-DEC-26',
    lotsize: 75,
    instrumenttype: 'FUT',
    freeze_qty: 1800,
  },
  {
    ...stock(['CRUDEOIL18DEC26FUT', 'CRUDEOIL', 5312], 'MCX'),
    expiry: '18-DEC-26',
    lotsize: 100,
    instrumenttype: 'FUT',
    tick_size: 1,
  },
  {
    ...stock(['USDINR29DEC26FUT', 'USDINR', 89.0125], 'CDS'),
    expiry: '29-DEC-26',
    lotsize: 1000,
    instrumenttype: 'FUT',
    tick_size: 0.0025,
  },
  ...STRIKES.flatMap((strike) => [option(strike, 'CE'), option(strike, 'PE')]),
];

const byKey = new Map(INSTRUMENTS.map((one) => [`${one.exchange}:${one.symbol}`, one]));

export function findInstrument(exchange: string, symbol: string): MockInstrument | undefined {
  return byKey.get(`${exchange}:${symbol}`);
}

/** What every hit must be, as the query of a search says it. */
function isWithin(one: MockInstrument, query: URLSearchParams): boolean {
  const [underlying, expiry, type] = ['underlying', 'expiry', 'type'].map((name) => query.get(name) ?? '');
  const low = Number(query.get('strike_min') || 0);
  const high = Number(query.get('strike_max') || Number.POSITIVE_INFINITY);
  const isBounded = query.has('strike_min') || query.has('strike_max');
  return (
    (!underlying || one.name === underlying || one.symbol === underlying) &&
    (!expiry || one.expiry.replaceAll('-', '') === expiry) &&
    (!type || one.instrumenttype === type || (type === 'OPT' && ['CE', 'PE'].includes(one.instrumenttype))) &&
    (!isBounded || (one.strike > 0 && one.strike >= low && one.strike <= high))
  );
}

export function expiriesOf(underlying: string): string[] {
  const days = INSTRUMENTS.filter(({ name, expiry }) => name === underlying && expiry).map(
    ({ expiry }) => expiry,
  );
  return [...new Set(days)].map((day) => day.replaceAll('-', ''));
}

export function searchInstruments(
  text: string,
  exchange: string,
  limit: number,
  query = new URLSearchParams(),
): MockInstrument[] {
  const words = text.toUpperCase().split(/\s+/).filter(Boolean);
  return INSTRUMENTS.filter(
    (one) =>
      (!exchange || one.exchange === exchange) &&
      isWithin(one, query) &&
      words.every((word) => `${one.symbol} ${one.name.toUpperCase()} ${one.expiry}`.includes(word)),
  )
    .sort(
      (a, b) =>
        Number(b.symbol.startsWith(words[0] ?? '')) - Number(a.symbol.startsWith(words[0] ?? '')) ||
        a.symbol.length - b.symbol.length,
    )
    .slice(0, limit);
}

/** The price of an instrument at `time` (epoch ms): smooth, repeatable, on the tick. */
export function priceAt(instrument: MockInstrument, time: number): number {
  let seed = 0;
  for (const letter of instrument.symbol) seed = (seed * 31 + letter.charCodeAt(0)) % 997;
  const wave =
    Math.sin(time / 9000 + seed) * 0.004 + Math.sin(time / 1700 + seed * 2) * 0.0012 + Math.sin(seed) * 0.008;
  const tick = instrument.tick_size;
  return Number(Math.max(tick, Math.round((instrument.base * (1 + wave)) / tick) * tick).toFixed(4));
}

export function quoteAt(instrument: MockInstrument, time: number) {
  const ltp = priceAt(instrument, time);
  const tick = instrument.tick_size;
  return {
    open: instrument.base,
    high: Number((instrument.base * 1.013).toFixed(2)),
    low: Number((instrument.base * 0.987).toFixed(2)),
    ltp,
    bid: Number((ltp - tick).toFixed(4)),
    ask: Number((ltp + tick).toFixed(4)),
    prev_close: instrument.base,
    volume: 1_254_300,
    oi: instrument.exchange === 'NSE' ? 0 : 845_000,
  };
}

export function depthAt(instrument: MockInstrument, time: number) {
  const ltp = priceAt(instrument, time);
  const side = (direction: 1 | -1) =>
    [1, 2, 3, 4, 5].map((level) => ({
      price: Number((ltp + direction * level * instrument.tick_size).toFixed(4)),
      quantity: instrument.lotsize * (11 * level + 3),
      orders: level + 2,
    }));
  return { buy: side(-1), sell: side(1) };
}
