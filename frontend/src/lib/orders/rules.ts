import type { FieldErrors } from '@/lib/api/errors';
import { priceDigits } from '@/lib/format';
import { type Instrument, isTradable, productsOf } from '@/lib/instruments/schema';
import { type Action, needsPrice, needsTrigger, type PriceType } from '@/lib/orders/schema';
import { t } from '@/messages/words';

/** An order as typed: `null` is an empty box, `NaN` is not a number. */
export interface OrderDraft {
  exchange: string;
  action: Action;
  quantity: number | null;
  pricetype: PriceType;
  product: string;
  price: number | null;
  trigger_price: number | null;
  disclosed_quantity: number | null;
  /** Sent in parts that the exchange's freeze quantity lets through. */
  isSplit?: boolean;
}

/** True when `price` is a whole number of ticks; compares in units of 1e-8 because prices are decimal text. */
export function isOnTick(price: number, tickSize: number): boolean {
  const scale = 1e8;
  const ticks = Math.round(price * scale) / Math.round(tickSize * scale);
  return Math.abs(ticks - Math.round(ticks)) < 1e-9;
}

/** The nearest price the exchange accepts, as text with the tick's decimals. */
export function roundToTick(price: number, tickSize: number | null | undefined): string {
  if (!tickSize || tickSize <= 0) return price.toFixed(2);
  return (Math.round(price / tickSize) * tickSize).toFixed(priceDigits(tickSize));
}

/** One lot more or less, never below one lot and always on a lot boundary. */
export function stepQuantity(quantity: number | null, lot: number, direction: 1 | -1): number {
  const known = quantity === null || Number.isNaN(quantity) ? 0 : quantity;
  const lots = direction === 1 ? Math.floor(known / lot) + 1 : Math.ceil(known / lot) - 1;
  return Math.max(lot, lots * lot);
}

function quantityProblem(draft: OrderDraft, instrument: Instrument | null): string | null {
  const { quantity } = draft;
  if (quantity === null) return t('is required');
  if (Number.isNaN(quantity) || quantity <= 0) return t('must be a positive number');
  if (!Number.isInteger(quantity)) {
    return draft.exchange === 'CRYPTO'
      ? t('Fractional quantity ({{quantity}}) is not allowed for this instrument.', { quantity })
      : t('Fractional quantity ({{quantity}}) is not allowed for non-crypto exchanges.', { quantity });
  }
  const lot = instrument?.lotsize;
  if (lot && quantity % lot !== 0) return t('Quantity must be in multiples of lot size {{lot}}', { lot });
  const freeze = instrument?.freeze_qty;
  if (!draft.isSplit && freeze && freeze > 1 && quantity > freeze)
    return t('Quantity {{quantity}} is above the freeze quantity {{freeze}} of one order; split it', {
      quantity,
      freeze,
    });
  return null;
}

function priceProblem(
  field: 'price' | 'trigger_price',
  value: number | null,
  type: PriceType,
  tick: number | null | undefined,
): string | null {
  if (value === null) return t('{{type}} orders require {{field}}', { type, field });
  if (Number.isNaN(value) || value <= 0) return t('must be a positive number');
  if (tick && !isOnTick(value, tick)) return t('must be a multiple of the tick size {{tick}}', { tick });
  return null;
}

function productProblem({ exchange, product }: OrderDraft): string | null {
  const allowed = productsOf(exchange);
  if (allowed.includes(product)) return null;
  return t('Product {{product}} is not allowed on {{exchange}}: use {{products}}', {
    product,
    exchange,
    products: allowed.toSorted().join(' or '),
  });
}

function triggerSideProblem(draft: OrderDraft): string | null {
  if (draft.pricetype !== 'SL' || draft.price === null || draft.trigger_price === null) return null;
  if (draft.action === 'BUY' && draft.trigger_price > draft.price)
    return t('must not be above the price of a BUY');
  if (draft.action === 'SELL' && draft.trigger_price < draft.price)
    return t('must not be below the price of a SELL');
  return null;
}

function disclosedProblem(draft: OrderDraft): string | null {
  const disclosed = draft.disclosed_quantity;
  if (disclosed === null) return null;
  if (!Number.isInteger(disclosed)) return t('must be a whole number');
  if (disclosed < 0 || (draft.quantity !== null && disclosed > draft.quantity))
    return t('must lie between 0 and the quantity');
  return null;
}

/**
 * What is wrong with a draft, field by field; empty when it may be sent. The server checks again and has the last word;
 * both say the same of the same order, which `words.json` holds them to.
 */
export function checkDraft(draft: OrderDraft, instrument: Instrument | null): FieldErrors {
  const errors: FieldErrors = {};
  const note = (field: string, problem: string | null) => {
    if (problem) errors[field] = [problem];
  };
  if (!isTradable(draft.exchange))
    note(
      'exchange',
      t('{{exchange}} is quote-only: an index cannot be traded', { exchange: draft.exchange }),
    );
  else note('product', productProblem(draft));
  note('quantity', quantityProblem(draft, instrument));
  if (needsPrice(draft.pricetype))
    note('price', priceProblem('price', draft.price, draft.pricetype, instrument?.tick_size));
  if (needsTrigger(draft.pricetype)) {
    note(
      'trigger_price',
      priceProblem('trigger_price', draft.trigger_price, draft.pricetype, instrument?.tick_size) ??
        triggerSideProblem(draft),
    );
  }
  note('disclosed_quantity', disclosedProblem(draft));
  return errors;
}

/** Fields a price type does not have are left out: the server refuses a price on a market order. */
export function pricesOf(draft: OrderDraft): {
  price?: number;
  trigger_price?: number;
  disclosed_quantity?: number;
} {
  return {
    ...(needsPrice(draft.pricetype) && draft.price !== null && { price: draft.price }),
    ...(needsTrigger(draft.pricetype) &&
      draft.trigger_price !== null && { trigger_price: draft.trigger_price }),
    ...(draft.disclosed_quantity !== null &&
      draft.disclosed_quantity > 0 && { disclosed_quantity: draft.disclosed_quantity }),
  };
}

/** How many orders of whole lots the exchange's freeze limit makes of this quantity; 1 when it fits or none is known. */
export function freezeSlices(
  quantity: number | null,
  freeze: number | null | undefined,
  lot: number | null | undefined = 1,
): number {
  if (!freeze || freeze <= 1 || quantity === null || Number.isNaN(quantity) || quantity <= freeze) return 1;
  const size = Math.max(lot || 1, freeze - (freeze % (lot || 1)));
  return Math.max(1, Math.ceil(quantity / size));
}

/** Lots of a quantity as text; empty when it is no whole number of them. */
export function lotsOf(quantity: number | null, lot: number): string {
  return quantity !== null && quantity > 0 && quantity % lot === 0 ? String(quantity / lot) : '';
}
