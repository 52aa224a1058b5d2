import { expect, it } from 'vitest';
import type { PositionExit } from '@/features/positions/api/exits';
import { exitLines, exitOfLine } from '@/features/positions/hooks/exit-lines';

const EXIT = {
  exit_id: 'EXT-1',
  status: 'active',
  symbol: 'SBIN',
  exchange: 'NSE',
  product: 'MIS',
  position: 'long',
  quantity: 10,
  stoploss: 950,
  target: null,
  trailing_stop: 955,
  exits: { stoploss: { percent: 2 }, trailing_stop: { points: 13, step: 0.5 } },
} as unknown as PositionExit;

it('draws the levels that are watched, and lets all but a trailing stop be dragged', () => {
  expect(exitLines([EXIT])).toMatchObject([
    { id: 'exit:EXT-1:stoploss', price: 950, title: 'SL 10 MIS', tone: 'sell', canMove: true },
    { id: 'exit:EXT-1:trailing_stop', price: 955, canMove: false },
  ]);
  expect(exitLines([{ ...EXIT, status: 'firing' }])[0]?.canMove).toBe(false);
});

it('turns a drag into a price of that level, and keeps the others as they were asked', () => {
  const [stop] = exitLines([EXIT]);
  if (!stop) throw new Error('a line was expected');
  expect(exitOfLine([EXIT], stop, 944.5)?.asked).toEqual({
    stoploss: { price: 944.5 },
    trailing_stop: { points: 13, step: 0.5 },
  });
  expect(exitOfLine([], stop, 944.5)).toBeNull();
});
