import { describe, expect, it } from 'vitest';
import { levelAt, toExits, valuesOf } from '@/lib/orders/exit-terms';

const empty = valuesOf(undefined);

describe('the levels of a protection', () => {
  it('go out in exactly the way they were typed', () => {
    const values = {
      ...empty,
      stoploss: { text: '1', unit: 'percent' as const },
      target: { text: '1,620.5', unit: 'price' as const },
    };
    expect(toExits(values, undefined)).toEqual({
      exits: { stoploss: { percent: 1 }, target: { price: 1620.5 } },
      errors: {},
    });
  });
  it('need at least one figure, and figures that are numbers', () => {
    expect(toExits(empty, undefined).errors).toEqual({ exits: ['give at least one level'] });
    const wrong = { ...empty, stoploss: { text: 'abc', unit: 'price' as const } };
    expect(Object.keys(toExits(wrong, undefined).errors)).toEqual(['exits.stoploss']);
  });
  it('keep what the dialog does not show', () => {
    const running = { trailing_stop: { points: 8, step: 0.5 }, quantity: 5 };
    expect(toExits(valuesOf(running), running).exits).toEqual(running);
  });
});

describe('where a level lies', () => {
  const long = { quantity: 10, average: 100, ltp: 120 };
  it('counts from the average, and for a trailing stop from the price', () => {
    expect(levelAt('stoploss', { text: '5', unit: 'points' }, long)).toBe(95);
    expect(levelAt('target', { text: '5', unit: 'percent' }, long)).toBe(105);
    expect(levelAt('trailing_stop', { text: '10', unit: 'percent' }, long)).toBe(108);
  });
  it('is mirrored for a short position', () => {
    const short = { ...long, quantity: -10 };
    expect(levelAt('stoploss', { text: '5', unit: 'points' }, short)).toBe(105);
    expect(levelAt('target', { text: '5', unit: 'points' }, short)).toBe(95);
  });
  it('is unknown, not zero, without an average', () => {
    expect(levelAt('stoploss', { text: '5', unit: 'points' }, { ...long, average: null })).toBeNull();
    expect(levelAt('stoploss', { text: '', unit: 'price' }, long)).toBeNull();
  });
});
