import { expect, it } from 'vitest';
import type { Gtt } from '@/features/gtts/api/get-gtts';
import { gttLines, gttOfLine } from '@/features/gtts/hooks/gtt-lines';

const leg = (action: 'BUY' | 'SELL', price: number) => ({
  action,
  quantity: 10,
  price,
  pricetype: 'LIMIT',
  product: 'CNC',
});
const OCO = {
  trigger_id: 'GTT-1',
  trigger_type: 'two-leg',
  status: 'active',
  symbol: 'SBIN',
  exchange: 'NSE',
  trigger_prices: [900, 1050],
  last_price: 968,
  legs: [leg('SELL', 899), leg('SELL', 1049)],
} as unknown as Gtt;

it('draws a line for each trigger of what waits', () => {
  const lines = gttLines([OCO, { ...OCO, trigger_id: 'GTT-2', status: 'triggered' }]);
  expect(lines).toMatchObject([
    { id: 'gtt:GTT-1:0', price: 900, title: 'GTT SELL 10', tone: 'sell', canMove: true },
    { id: 'gtt:GTT-1:1', price: 1050 },
  ]);
});

it('moves the trigger that was dragged and no other', () => {
  const [, upper] = gttLines([OCO]);
  if (!upper) throw new Error('a line was expected');
  expect(gttOfLine([OCO], upper, 1075)).toMatchObject({ trigger_id: 'GTT-1', trigger_prices: [900, 1075] });
  expect(gttOfLine([], upper, 1075)).toBeNull();
  expect(gttOfLine([OCO], { ...upper, id: 'exit:1:target' }, 1075)).toBeNull();
});
