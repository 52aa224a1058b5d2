import { expect, it } from 'vitest';
import { readPalette } from '@/features/search/hooks/palette-command';

it.each([
  ['buy 75 nifty 24000ce', { action: 'BUY', quantity: 75, price: null, terms: 'nifty 24000ce' }],
  ['SELL infy', { action: 'SELL', quantity: null, price: null, terms: 'infy' }],
  ['s 10 sbin @968.5', { action: 'SELL', quantity: 10, price: 968.5, terms: 'sbin' }],
  ['buy 3iinfo', { action: 'BUY', quantity: null, price: null, terms: '3iinfo' }],
  ['buy', { action: null, quantity: null, price: null, terms: 'buy' }],
  ['positions', { action: null, quantity: null, price: null, terms: 'positions' }],
  ['nifty 25000 ce', { action: null, quantity: null, price: null, terms: 'nifty 25000 ce' }],
  [
    'chart nifty 25000 ce',
    { action: null, quantity: null, price: null, isChart: true, terms: 'nifty 25000 ce' },
  ],
  ['chart', { action: null, quantity: null, price: null, terms: 'chart' }],
  ['buy 25000', { action: 'BUY', quantity: null, price: null, terms: '25000' }],
])('reads “%s”', (text, expected) => {
  expect(readPalette(text)).toEqual({ isChart: false, ...expected });
});
