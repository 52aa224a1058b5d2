import { describe, expect, it } from 'vitest';
import type { Instrument } from '@/lib/instruments/schema';
import {
  checkDraft,
  freezeSlices,
  isOnTick,
  lotsOf,
  type OrderDraft,
  pricesOf,
  roundToTick,
  stepQuantity,
} from '@/lib/orders/rules';
import words from '@/lib/orders/words.json';

const option: Instrument = {
  symbol: 'NIFTY24DEC2625400CE',
  exchange: 'NFO',
  name: 'NIFTY',
  expiry: '24-DEC-26',
  strike: 25400,
  lotsize: 75,
  instrumenttype: 'CE',
  tick_size: 0.05,
  freeze_qty: 1800,
};
const market: OrderDraft = {
  exchange: 'NFO',
  action: 'BUY',
  quantity: 75,
  pricetype: 'MARKET',
  product: 'NRML',
  price: null,
  trigger_price: null,
  disclosed_quantity: null,
};

describe('checking a draft', () => {
  it('accepts a market order without a price', () => {
    expect(checkDraft(market, option)).toEqual({});
  });
  it.each(words)('says what the server would say of $order', ({ order, errors }) => {
    const told = Object.entries(checkDraft({ ...market, ...(order as Partial<OrderDraft>) }, option));
    expect(Object.fromEntries(told.map(([field, [first]]) => [field, first]))).toEqual(errors);
  });
  it.each([
    [{ quantity: null }, 'quantity', 'is required'],
    [{ quantity: Number.NaN }, 'quantity', 'must be a positive number'],
    [
      { pricetype: 'SL' as const, price: 100, trigger_price: 101 },
      'trigger_price',
      'must not be above the price of a BUY',
    ],
    [
      { pricetype: 'SL' as const, action: 'SELL' as const, price: 100, trigger_price: 99 },
      'trigger_price',
      'must not be below the price of a SELL',
    ],
    [{ disclosed_quantity: 1.5 }, 'disclosed_quantity', 'must be a whole number'],
  ])('refuses %o', (change, field, message) => {
    expect(checkDraft({ ...market, ...change }, option)[field]).toEqual([message]);
  });
  it('lets an order above the freeze quantity pass that leaves in parts', () => {
    expect(checkDraft({ ...market, quantity: 1875, isSplit: true }, option)).toEqual({});
  });
  it('does not know lots before the instrument is known', () => {
    expect(checkDraft({ ...market, quantity: 80 }, null)).toEqual({});
  });
  it('sells equity one by one whatever the lot says', () => {
    const share = { ...option, exchange: 'NSE', lotsize: 1 };
    expect(checkDraft({ ...market, exchange: 'NSE', product: 'MIS', quantity: 7 }, share)).toEqual({});
  });
});

describe('prices on the tick', () => {
  it('is exact where binary fractions are not', () => {
    expect(isOnTick(101.15, 0.05)).toBe(true);
    expect(isOnTick(1544.85, 0.05)).toBe(true);
    expect(isOnTick(89.0125, 0.0025)).toBe(true);
    expect(isOnTick(89.0126, 0.0025)).toBe(false);
  });
  it('rounds to the nearest tick with its decimals', () => {
    expect(roundToTick(101.07, 0.05)).toBe('101.05');
    expect(roundToTick(89.0134, 0.0025)).toBe('89.0125');
    expect(roundToTick(5312.4, 1)).toBe('5312.00');
    expect(roundToTick(12.345, null)).toBe('12.35');
  });
});

describe('stepping lots', () => {
  it('moves to the next lot boundary and never below one lot', () => {
    expect(stepQuantity(75, 75, 1)).toBe(150);
    expect(stepQuantity(80, 75, 1)).toBe(150);
    expect(stepQuantity(80, 75, -1)).toBe(75);
    expect(stepQuantity(75, 75, -1)).toBe(75);
    expect(stepQuantity(null, 75, 1)).toBe(75);
  });
});

it('sends only the prices the type has', () => {
  const full = { ...market, price: 10, trigger_price: 9, disclosed_quantity: 0 };
  expect(pricesOf(full)).toEqual({});
  expect(pricesOf({ ...full, pricetype: 'SL-M' })).toEqual({ trigger_price: 9 });
  expect(pricesOf({ ...full, pricetype: 'SL' })).toEqual({ price: 10, trigger_price: 9 });
});

it('counts the orders a freeze limit makes', () => {
  expect([
    freezeSlices(1800, 1800),
    freezeSlices(1875, 1800),
    freezeSlices(75, null),
    freezeSlices(500, 1),
    freezeSlices(1830, 1840, 75),
    freezeSlices(3675, 1840, 75),
  ]).toEqual([1, 2, 1, 1, 1, 3]);
});

it('tells lots only where they are whole', () => {
  expect([lotsOf(150, 75), lotsOf(80, 75), lotsOf(null, 75), lotsOf(0, 75)]).toEqual(['2', '', '', '']);
});
