import { expect, it } from 'vitest';
import { firstValues, fitted, pricedAt } from '@/features/ticket/hooks/first-values';

const ALL = { products: ['CNC', 'MIS'], price_types: ['MARKET', 'LIMIT', 'SL', 'SL-M'] } as const;
const USED = { product: 'MIS', quantity: 40 };

it('takes the request before what was used last', () => {
  expect(firstValues({ action: 'SELL', quantity: 5, product: 'CNC' }, USED)).toMatchObject({
    action: 'SELL',
    quantity: '5',
    product: 'CNC',
    pricetype: 'MARKET',
  });
  expect(firstValues({ action: 'BUY' }, USED)).toMatchObject({ quantity: '40', product: 'MIS' });
  expect(firstValues({ action: 'BUY', atTouch: true }, undefined)).toMatchObject({
    pricetype: 'LIMIT',
    quantity: '',
    price: '',
  });
});

it('gives up what the broker does not offer', () => {
  const values = { ...firstValues({ action: 'BUY', product: 'NRML', pricetype: 'SL-M' }, undefined) };
  expect(fitted(values, ALL)).toMatchObject({ product: 'CNC', pricetype: 'SL-M' });
  expect(fitted(values, { products: ['NRML'], price_types: ['LIMIT'] })).toMatchObject({
    product: 'NRML',
    pricetype: 'LIMIT',
  });
  expect(fitted(values, { products: [], price_types: [] })).toMatchObject({ product: '' });
});

it('makes a limit of a price that was pointed at, on the tick, and leaves a stop a stop', () => {
  const values = firstValues({ action: 'BUY' }, undefined);
  expect(pricedAt(values, 101.07, null)).toMatchObject({ pricetype: 'LIMIT', price: '101.07' });
  expect(pricedAt({ ...values, pricetype: 'SL' }, 101.07, null).pricetype).toBe('SL');
  expect(pricedAt({ ...values, pricetype: 'SL-M' }, 101.07, null).pricetype).toBe('LIMIT');
});
