import { t } from '@/messages/words';

/** The text frames of the market-data WebSocket: what is sent, and what is believed of what arrives. */

export const Mode = { ltp: 1, quote: 2, depth: 3 } as const;
export type FeedMode = (typeof Mode)[keyof typeof Mode];

export interface InstrumentRef {
  exchange: string;
  symbol: string;
}

export interface DepthLevel {
  price: number;
  quantity: number;
  orders: number | null;
}

/** The last known market of one instrument; `null` is unknown. `close` is the previous close. `timestamp` epoch ms. */
export interface Quote {
  ltp: number | null;
  timestamp: number | null;
  open: number | null;
  high: number | null;
  low: number | null;
  close: number | null;
  volume: number | null;
  oi: number | null;
  bid: number | null;
  ask: number | null;
  buy: readonly DepthLevel[];
  sell: readonly DepthLevel[];
}

export type Frame =
  | { kind: 'authenticated' }
  | { kind: 'tick'; ref: InstrumentRef; change: Partial<Quote> }
  | { kind: 'pong'; sentAt: number | null }
  | { kind: 'refused'; ref: InstrumentRef; message: string }[]
  | { kind: 'error'; code: string; message: string }
  | { kind: 'other' };

export function instrumentKey(exchange: string, symbol: string): string {
  return `${exchange}:${symbol}`;
}

type Raw = Record<string, unknown>;

function isRaw(value: unknown): value is Raw {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function numberIn(raw: Raw, name: string): number | null {
  const value = raw[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

const PLAIN_FIELDS = ['ltp', 'timestamp', 'open', 'high', 'low', 'close', 'volume', 'oi'] as const;

function levelsOf(side: unknown): DepthLevel[] {
  if (!Array.isArray(side)) return [];
  const levels: DepthLevel[] = [];
  for (const raw of side) {
    if (!isRaw(raw)) continue;
    const price = numberIn(raw, 'price');
    const quantity = numberIn(raw, 'quantity');
    // Padding rows carry price 0: no order rests there.
    if (price === null || quantity === null || price <= 0) continue;
    levels.push({ price, quantity, orders: numberIn(raw, 'orders') });
  }
  return levels;
}

function changeOf(data: Raw): Partial<Quote> {
  const change: Partial<Quote> = {};
  for (const field of PLAIN_FIELDS) {
    const value = numberIn(data, field);
    if (value !== null) change[field] = value;
  }
  if (isRaw(data.depth)) {
    change.buy = levelsOf(data.depth.buy);
    change.sell = levelsOf(data.depth.sell);
    change.bid = change.buy[0]?.price ?? null;
    change.ask = change.sell[0]?.price ?? null;
  }
  return change;
}

function refOf(raw: Raw): InstrumentRef | null {
  return typeof raw.symbol === 'string' && typeof raw.exchange === 'string'
    ? { symbol: raw.symbol, exchange: raw.exchange }
    : null;
}

function refusalsOf(raw: Raw): Frame {
  const items = Array.isArray(raw.subscriptions) ? raw.subscriptions.filter(isRaw) : [];
  return items.flatMap((item) => {
    const ref = refOf(item);
    return ref && item.status === 'error'
      ? [{ kind: 'refused' as const, ref, message: String(item.message ?? t('not available')) }]
      : [];
  });
}

/** Reads one frame; anything not understood is `other` and changes nothing. */
export function readFrame(text: string): Frame {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { kind: 'other' };
  }
  if (!isRaw(raw)) return { kind: 'other' };
  if (raw.type === 'market_data') {
    const ref = refOf(raw);
    return ref && isRaw(raw.data) ? { kind: 'tick', ref, change: changeOf(raw.data) } : { kind: 'other' };
  }
  if (raw.type === 'auth' && raw.status === 'success') return { kind: 'authenticated' };
  if (raw.type === 'pong') return { kind: 'pong', sentAt: numberIn(raw, 'client_timestamp') };
  if (raw.type === 'subscribe') return refusalsOf(raw);
  if (raw.status === 'error') {
    return {
      kind: 'error',
      code: String(raw.code ?? 'UNKNOWN'),
      message: String(raw.message ?? t('unknown error')),
    };
  }
  return { kind: 'other' };
}

export const messages = {
  authenticate: (ticket: string) => JSON.stringify({ action: 'authenticate', ticket }),
  /** `depth`: levels of the book; a feed that has fewer sends what it has. */
  subscribe: (mode: FeedMode, symbols: readonly InstrumentRef[], depth?: number) =>
    JSON.stringify({ action: 'subscribe', mode, symbols, ...(depth && { depth }) }),
  unsubscribe: (mode: FeedMode, symbols: readonly InstrumentRef[]) =>
    JSON.stringify({ action: 'unsubscribe', symbols: symbols.map((one) => ({ ...one, mode })) }),
  ping: (timestamp: number) => JSON.stringify({ action: 'ping', timestamp }),
};
