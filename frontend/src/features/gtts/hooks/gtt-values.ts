import type { Gtt } from '@/features/gtts/api/get-gtts';
import type { GttTerms } from '@/features/gtts/api/write-gtts';
import type { FieldErrors } from '@/lib/api/errors';
import { formatQuantity } from '@/lib/format';
import { CASH_EXCHANGES, type Instrument, isTradable, productsOf } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { parseTyped } from '@/lib/numbers';
import { isOnTick } from '@/lib/orders/rules';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';

/** What is watched: a fall to a price, a rise to one, or both, of which the first wins. */
export const WATCHES = ['fall', 'rise', 'both'] as const;
export type Watch = (typeof WATCHES)[number];

/** A GTT as it stands in the boxes: figures are text until they are judged. */
export interface GttValues {
  watch: Watch;
  action: Action;
  product: string;
  quantity: string;
  pricetype: 'LIMIT' | 'MARKET';
  low: string;
  high: string;
  lowPrice: string;
  highPrice: string;
  until: string;
}

/** GTTs outlive the day, so intraday is not offered. */
export function gttProductsOf(exchange: string): string[] {
  return productsOf(exchange).filter((product) => product !== 'MIS');
}

function text(value: number | null | undefined): string {
  return value ? String(value) : '';
}

export function newValues(exchange: string): GttValues {
  return {
    watch: 'fall',
    action: 'BUY',
    product: gttProductsOf(exchange)[0] ?? '',
    quantity: '',
    pricetype: 'LIMIT',
    low: '',
    high: '',
    lowPrice: '',
    highPrice: '',
    until: '',
  };
}

/** The terms of a GTT in the boxes; a single one below the price it was set at waits for a fall. */
export function valuesOf(gtt: Gtt): GttValues {
  const [first, second] = gtt.legs;
  const [low, high] = gtt.trigger_prices;
  const isRise = gtt.trigger_type === 'single' && (low ?? 0) > (gtt.last_price ?? Number.POSITIVE_INFINITY);
  const known = newValues(gtt.exchange);
  const common = {
    ...known,
    action: first?.action ?? known.action,
    product: first?.product ?? known.product,
    quantity: text(first?.quantity),
    pricetype: first?.pricetype === 'MARKET' ? ('MARKET' as const) : ('LIMIT' as const),
  };
  if (gtt.trigger_type === 'two-leg') {
    return {
      ...common,
      watch: 'both',
      low: text(low),
      high: text(high),
      lowPrice: text(first?.price),
      highPrice: text(second?.price),
    };
  }
  return isRise
    ? { ...common, watch: 'rise', high: text(low), highPrice: text(first?.price) }
    : { ...common, watch: 'fall', low: text(low), lowPrice: text(first?.price) };
}

export function watchesLow(values: GttValues): boolean {
  return values.watch !== 'rise';
}

export function watchesHigh(values: GttValues): boolean {
  return values.watch !== 'fall';
}

function priceProblem(typed: string, tick: number | null | undefined): string | null {
  const value = parseTyped(typed);
  if (value === null) return t('is required');
  if (Number.isNaN(value) || value <= 0) return t('must be a positive number');
  if (tick && !isOnTick(value, tick)) return t('must be a multiple of the tick size {{tick}}', { tick });
  return null;
}

function quantityProblem(typed: string, exchange: string, instrument: Instrument | null): string | null {
  const value = parseTyped(typed);
  if (value === null) return t('is required');
  if (!Number.isInteger(value) || value <= 0) return t('must be a positive whole number');
  const lot = instrument?.lotsize;
  const isCash = (CASH_EXCHANGES as readonly string[]).includes(exchange);
  return lot && !isCash && value % lot !== 0
    ? t('must be in multiples of lot size {{lot}}', { lot: formatQuantity(lot) })
    : null;
}

/** What is wrong, by box; the server checks again and has the last word. `ltp` null says nothing about a side. */
export function checkValues(
  values: GttValues,
  of: InstrumentRef,
  instrument: Instrument | null,
  ltp: number | null,
): FieldErrors {
  const errors: FieldErrors = {};
  const note = (field: keyof GttValues | 'symbol', problem: string | null) => {
    if (problem && !errors[field]) errors[field] = [problem];
  };
  const tick = instrument?.tick_size;
  if (!isTradable(of.exchange)) note('symbol', t('is an index: it has prices but cannot be traded'));
  else if (!gttProductsOf(of.exchange).includes(values.product))
    note('product', t('is not offered on {{exchange}}', { exchange: of.exchange }));
  note('quantity', quantityProblem(values.quantity, of.exchange, instrument));
  if (watchesLow(values)) {
    note('low', priceProblem(values.low, tick));
    if (ltp !== null && Number(values.low) >= ltp)
      note('low', t('must be below the last price {{ltp}}', { ltp }));
    if (values.pricetype === 'LIMIT') note('lowPrice', priceProblem(values.lowPrice, tick));
  }
  if (watchesHigh(values)) {
    note('high', priceProblem(values.high, tick));
    if (ltp !== null && Number(values.high) <= ltp)
      note('high', t('must be above the last price {{ltp}}', { ltp }));
    if (values.pricetype === 'LIMIT') note('highPrice', priceProblem(values.highPrice, tick));
  }
  return errors;
}

/** Sound values as the server takes them. */
export function termsOf(values: GttValues, of: InstrumentRef): GttTerms {
  const limit = (typed: string) => (values.pricetype === 'LIMIT' ? Number(typed) : undefined);
  const common = {
    symbol: of.symbol,
    exchange: of.exchange,
    action: values.action,
    product: values.product,
    quantity: Number(values.quantity),
    pricetype: values.pricetype,
    ...(values.until && { expires_at: values.until }),
  };
  if (values.watch === 'both') {
    const prices =
      values.pricetype === 'LIMIT'
        ? { stoploss: Number(values.lowPrice), target: Number(values.highPrice) }
        : {};
    return {
      ...common,
      trigger_type: 'OCO',
      triggerprice_sl: Number(values.low),
      triggerprice_tg: Number(values.high),
      ...prices,
    };
  }
  const isFall = values.watch === 'fall';
  const price = limit(isFall ? values.lowPrice : values.highPrice);
  return {
    ...common,
    trigger_type: 'SINGLE',
    ...(isFall ? { triggerprice_sl: Number(values.low) } : { triggerprice_tg: Number(values.high) }),
    ...(price !== undefined && { price }),
  };
}

const BOXES: Record<string, keyof GttValues> = {
  triggerprice_sl: 'low',
  'stop.trigger_price': 'low',
  triggerprice_tg: 'high',
  'target.trigger_price': 'high',
  stoploss: 'lowPrice',
  'stop.price': 'lowPrice',
  target: 'highPrice',
  'target.price': 'highPrice',
  expires_at: 'until',
};

/** The server's complaints under the boxes they are about. */
export function boxErrors(fields: FieldErrors, values: GttValues): FieldErrors {
  const found: FieldErrors = {};
  for (const [field, complaints] of Object.entries(fields)) {
    const single = field === 'price' ? (values.watch === 'rise' ? 'highPrice' : 'lowPrice') : undefined;
    found[single ?? BOXES[field] ?? field] = complaints;
  }
  return found;
}
