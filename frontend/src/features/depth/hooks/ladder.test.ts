import { describe, expect, it } from 'vitest';
import { bidShare, ownByPrice, priceKey, shareOf, spreadOf, totalOf } from '@/features/depth/hooks/ladder';
import { UNKNOWN_QUOTE } from '@/lib/market-data/quote-store';
import { type Order, orderSchema } from '@/lib/orders/schema';

const level = (price: number, quantity: number) => ({ price, quantity, orders: 1 });
const BOOK = {
  ...UNKNOWN_QUOTE,
  bid: 99.95,
  ask: 100.05,
  buy: [level(99.95, 50), level(99.9, 100), level(99.85, 900)],
  sell: [level(100.05, 25), level(100.1, 200)],
};

const order = (changes: Partial<Order>): Order => ({
  ...orderSchema.parse({
    orderid: '1',
    symbol: 'SBIN',
    exchange: 'NSE',
    action: 'BUY',
    quantity: 10,
    pricetype: 'LIMIT',
    product: 'MIS',
    price: 99.9,
    order_status: 'open',
  }),
  ...changes,
});

describe('the ladder', () => {
  it('sums the levels that are shown and no others', () => {
    expect(totalOf(BOOK, 'buy', 2)).toBe(150);
    expect(totalOf(BOOK, 'sell', 5)).toBe(225);
    expect(totalOf(UNKNOWN_QUOTE, 'buy', 5)).toBeNull();
  });

  it('measures bars against the largest shown level of both sides', () => {
    expect(shareOf(BOOK, 'sell', 1, 2)).toBe(100);
    expect(shareOf(BOOK, 'buy', 1, 2)).toBe(50);
    expect(shareOf(BOOK, 'sell', 1, 3)).toBe(22);
    expect(shareOf(BOOK, 'sell', 4, 5)).toBe(0);
  });

  it('knows the spread without the noise of binary fractions', () => {
    expect(spreadOf(BOOK)).toBe(0.1);
    expect(spreadOf({ ...BOOK, ask: null })).toBeNull();
  });

  it('weighs bids against asks, and says nothing of an empty book', () => {
    expect(bidShare(BOOK, 2)).toBe(40);
    expect(bidShare(UNKNOWN_QUOTE, 5)).toBeNull();
  });
});

describe('own orders on the ladder', () => {
  const SBIN = { symbol: 'SBIN', exchange: 'NSE' };

  it('adds what waits at one price, by side', () => {
    const own = ownByPrice(
      [order({}), order({ quantity: 5, pending_quantity: 3 }), order({ action: 'SELL', price: 100.1 })],
      SBIN,
    );
    expect(own.get(priceKey(99.9))).toEqual({ buy: 13, sell: 0, hasTrigger: false });
    expect(own.get(priceKey(100.1))).toEqual({ buy: 0, sell: 10, hasTrigger: false });
  });

  it('puts a stop that waits at its trigger', () => {
    const stop = order({ pricetype: 'SL', order_status: 'trigger pending', trigger_price: 101, price: 102 });
    expect(ownByPrice([stop], SBIN).get(priceKey(101))).toMatchObject({ buy: 10, hasTrigger: true });
  });

  it('leaves out what is done and what is of another instrument', () => {
    const others = [
      order({ order_status: 'complete' }),
      order({ symbol: 'TCS' }),
      order({ pricetype: 'MARKET', price: 0 }),
    ];
    expect(ownByPrice(others, SBIN).size).toBe(0);
  });
});
