import { beforeEach, describe, expect, it } from 'vitest';
import { addToBasket, MOST_LEGS, useBasket } from '@/stores/basket';

const CALL = { symbol: 'NIFTY24DEC2625400CE', exchange: 'NFO', action: 'BUY', lotSize: 75 } as const;
const symbols = () => useBasket.getState().legs.map(({ symbol }) => symbol);

beforeEach(() => useBasket.getState().replace([]));

describe('the basket', () => {
  it('takes a contract as one lot at market in the first product of its exchange', () => {
    addToBasket(CALL);
    expect(useBasket.getState().legs[0]).toMatchObject({
      lots: 1,
      pricetype: 'MARKET',
      product: 'NRML',
      isOn: true,
    });
  });

  it('counts the same contract on the same side again as one lot more', () => {
    addToBasket(CALL);
    addToBasket(CALL);
    addToBasket({ ...CALL, action: 'SELL' });
    expect(useBasket.getState().legs.map(({ action, lots }) => [action, lots])).toEqual([
      ['BUY', 2],
      ['SELL', 1],
    ]);
  });

  it('keeps a limit of the same contract apart', () => {
    addToBasket({ ...CALL, pricetype: 'LIMIT', price: '100' });
    addToBasket(CALL);
    expect(useBasket.getState().legs).toHaveLength(2);
  });

  it('refuses a leg too many', () => {
    for (let number = 0; number < MOST_LEGS; number += 1) addToBasket({ ...CALL, symbol: `S${number}` });
    expect(addToBasket({ ...CALL, symbol: 'ONE MORE' })).toBe(false);
    expect(useBasket.getState().legs).toHaveLength(MOST_LEGS);
  });

  it('moves legs within its ends', () => {
    for (const symbol of ['A', 'B', 'C']) addToBasket({ ...CALL, symbol });
    const { legs, move } = useBasket.getState();
    move(legs[2]?.id ?? '', -1);
    expect(symbols()).toEqual(['A', 'C', 'B']);
    move(legs[0]?.id ?? '', -1);
    expect(symbols()).toEqual(['A', 'C', 'B']);
  });
});
