import { describe, expect, it } from 'vitest';
import { area, linear, nearest, range, stretch, ticks, told } from '@/features/basket/model/chart';
import {
  complaintsByLeg,
  marginLegOf,
  orderOf,
  payoffLegOf,
  problemsOf,
  sendingOrder,
} from '@/features/basket/model/legs';
import {
  MOST_BASKETS,
  NO_BASKETS,
  readSaved,
  withBasket,
  withoutBasket,
} from '@/features/basket/model/saved';
import { needsFarExpiry, offsetOf, placesOf, TEMPLATES } from '@/features/basket/model/templates';
import type { BasketLeg } from '@/stores/basket';

const LEG: BasketLeg = {
  id: '1',
  symbol: 'NIFTY24DEC2625400CE',
  exchange: 'NFO',
  action: 'BUY',
  lots: 2,
  lotSize: 75,
  tickSize: 0.05,
  pricetype: 'LIMIT',
  price: '101.5',
  trigger_price: '',
  product: 'NRML',
  isOn: true,
};
const CONTRACT = {
  symbol: LEG.symbol,
  exchange: 'NFO',
  name: 'NIFTY',
  expiry: '24-DEC-26',
  strike: 25_400,
  lotsize: 75,
  instrumenttype: 'CE',
  tick_size: 0.05,
  freeze_qty: 1800,
};
const templateOf = (id: string) => {
  const found = TEMPLATES.find((one) => one.id === id);
  if (!found) throw new Error(id);
  return found;
};

describe('templates', () => {
  it.each([
    ['CE', 0, 'ATM'],
    ['CE', 3, 'OTM3'],
    ['CE', -2, 'ITM2'],
    ['PE', 3, 'ITM3'],
    ['PE', -6, 'OTM6'],
  ] as const)('a %s %s strikes up is %s', (kind, steps, offset) =>
    expect(offsetOf(kind, steps)).toBe(offset),
  );

  it('an iron condor is two sold options inside two bought ones', () => {
    expect(placesOf(templateOf('iron_condor'), 3, '24DEC26', '')).toEqual([
      { option_type: 'PE', offset: 'OTM6', expiry: '24DEC26' },
      { option_type: 'PE', offset: 'OTM3', expiry: '24DEC26' },
      { option_type: 'CE', offset: 'OTM3', expiry: '24DEC26' },
      { option_type: 'CE', offset: 'OTM6', expiry: '24DEC26' },
    ]);
  });

  it('a covered call asks for the underlying itself, a calendar for a second expiry', () => {
    expect(placesOf(templateOf('covered_call'), 2, '24DEC26', '')[0]).toEqual({
      option_type: 'FUT',
      expiry: '24DEC26',
    });
    expect(needsFarExpiry(templateOf('call_calendar'))).toBe(true);
    expect(
      placesOf(templateOf('call_calendar'), 2, '24DEC26', '31DEC26').map(({ expiry }) => expiry),
    ).toEqual(['24DEC26', '31DEC26']);
  });

  it('have names of their own and places within what the server takes', () => {
    expect(new Set(TEMPLATES.map(({ id }) => id)).size).toBe(TEMPLATES.length);
    for (const template of TEMPLATES) {
      for (const { offset } of placesOf(template, 10, 'A', 'B'))
        expect(Number(offset?.replace(/\D/g, '') || 0)).toBeLessThanOrEqual(50);
    }
  });
});

describe('a leg', () => {
  it('becomes an order of whole lots with the prices its type has', () => {
    expect(orderOf({ ...LEG, trigger_price: '99' })).toEqual({
      symbol: LEG.symbol,
      exchange: 'NFO',
      action: 'BUY',
      quantity: 150,
      pricetype: 'LIMIT',
      product: 'NRML',
      price: 101.5,
    });
    expect(marginLegOf({ ...LEG, pricetype: 'MARKET' })).toMatchObject({ quantity: '150', price: '0' });
  });

  it('is weighed at its limit, at the market while that is half typed', () => {
    expect(payoffLegOf(LEG)).toMatchObject({ quantity: 150, price: 101.5 });
    expect(payoffLegOf({ ...LEG, price: '' })).not.toHaveProperty('price');
    expect(payoffLegOf({ ...LEG, price: '1x' })).not.toHaveProperty('price');
  });

  it('is judged in the words of the ticket', () => {
    expect(problemsOf(LEG, CONTRACT)).toEqual({});
    expect(problemsOf({ ...LEG, lotSize: 50, lots: 1 }, CONTRACT).quantity).toEqual([
      'Quantity must be in multiples of lot size 75',
    ]);
    expect(problemsOf({ ...LEG, price: '101.52' }, CONTRACT).price).toHaveLength(1);
  });

  it('that buys leaves before legs that sell', () => {
    const sold = { ...LEG, id: '2', action: 'SELL' as const };
    expect(sendingOrder([sold, LEG]).map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('finds the complaints of the server by its place', () => {
    const found = complaintsByLeg({ 'orders.1': ['lot'], 'orders.1.price': ['tick'], strategy: ['no'] });
    expect([...found]).toEqual([[1, ['lot', 'price: tick']]]);
  });
});

describe('saved baskets', () => {
  it('come back as they were, newest first, and can be replaced and deleted', () => {
    const one = withBasket(NO_BASKETS, 'Monday', [LEG], '2026-11-30T04:00:00Z');
    const two = withBasket(one, 'Tuesday', [LEG, LEG], '2026-12-01T04:00:00Z');
    expect(readSaved(JSON.stringify(two)).baskets.map(({ name, legs }) => [name, legs.length])).toEqual([
      ['Tuesday', 2],
      ['Monday', 1],
    ]);
    expect(two.baskets[0]?.legs[0]).not.toHaveProperty('id');
    expect(withBasket(two, 'Monday', [LEG, LEG, LEG], 'x').baskets[0]?.legs).toHaveLength(3);
    expect(withoutBasket(two, 'Monday').baskets).toHaveLength(1);
  });

  it('that this version cannot read are an error, so that nothing writes over them', () => {
    expect(() => readSaved('{"version": 2, "baskets": []}')).toThrow();
    expect(() => readSaved('nonsense')).toThrow();
    expect(readSaved(undefined)).toEqual(NO_BASKETS);
  });

  it('are refused beyond their number instead of pushing one out', () => {
    let saved = NO_BASKETS;
    for (let number = 0; number < MOST_BASKETS; number += 1) saved = withBasket(saved, `B${number}`, [], '');
    expect(() => withBasket(saved, 'one more', [], '')).toThrow();
  });
});

describe('the chart', () => {
  it('scales there and back', () => {
    const x = linear([100, 200], [10, 110]);
    expect(x(150)).toBe(60);
    expect(x.invert(60)).toBe(150);
  });

  it('marks round numbers between the ends', () => {
    expect(ticks(23_900, 24_120, 4)).toEqual([23_900, 24_000, 24_100]);
    expect(ticks(-8_300, 1_900, 6)).toEqual([-8_000, -6_000, -4_000, -2_000, 0]);
    expect(ticks(5, 5, 4)).toEqual([]);
  });

  it('keeps zero in the picture', () => {
    expect(range([[500, 900], null])[0]).toBeLessThanOrEqual(0);
    expect(range([[-5, -2]])[1]).toBeGreaterThan(0);
  });

  it('closes its area along zero', () => {
    const scale = linear([0, 10], [0, 10]);
    expect(area([0, 10], [5, 5], scale, scale)).toBe('M0.0,5.0L10.0,5.0L10.0,0.0L0.0,0.0Z');
  });

  it('finds the nearest drawn price, the stretch where it happens, and the prices worth telling', () => {
    const prices = Array.from({ length: 101 }, (_, index) => 900 + index * 2);
    expect(nearest(prices, 951.2)).toBe(26);
    expect(stretch(prices, [980, 1020], 1000)).toEqual([30, 70]);
    expect(told(prices, [1000, 1001, 980])).toEqual([0, 40, 50, 51, 100].filter((place) => place !== 51));
  });
});
