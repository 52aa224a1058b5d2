import { expect, it } from 'vitest';
import { heldLegs } from '@/features/positions/api/get-net-greeks';

const held = (symbol: string, quantity: number, exchange = 'NFO') => ({ symbol, exchange, quantity });

it('weighs what is held over all products, each contract once', () => {
  expect(
    heldLegs([
      held('NIFTY24DEC2625000CE', 150),
      held('NIFTY24DEC2625000CE', -75),
      held('NIFTY24DEC2624000PE', -75),
      held('NIFTY24DEC26FUT', 0),
    ]),
  ).toEqual([
    { symbol: 'NIFTY24DEC2625000CE', exchange: 'NFO', action: 'BUY', quantity: 75 },
    { symbol: 'NIFTY24DEC2624000PE', exchange: 'NFO', action: 'SELL', quantity: 75 },
  ]);
});

it('weighs nothing without an option, nor more than twenty contracts', () => {
  expect(heldLegs([held('SBIN', 10, 'NSE'), held('SBIN24DEC26FUT', 750)])).toEqual([]);
  const many = Array.from({ length: 21 }, (_, index) => held(`NIFTY24DEC26${24000 + index * 50}CE`, 75));
  expect(heldLegs(many)).toEqual([]);
  expect(heldLegs(many.slice(1))).toHaveLength(20);
});
