import { expect, it } from 'vitest';
import type { Bar } from '@/features/chart/bars/bars';
import { averaged, fillAverages, noAverages } from '@/features/chart/bars/heikin-ashi';

const bar = (time: number, open: number, high: number, low: number, close: number): Bar => ({
  time,
  open,
  high,
  low,
  close,
  volume: 7,
});

const BARS = [bar(1, 10, 14, 8, 12), bar(2, 12, 13, 9, 10), bar(3, 30, 31, 29, 30)];

function drawn(bars: readonly Bar[]): Bar[] {
  const averages = noAverages();
  fillAverages(bars, averages);
  return bars.map((one, index) => averaged(one, index, averages));
}

it('closes at the mean of the four prices and opens in the middle of the body before', () => {
  expect(drawn(BARS).slice(0, 2)).toEqual([bar(1, 11, 14, 8, 11), bar(2, 11, 13, 9, 11)]);
});

it('draws the wick down to a body that lies beyond the prices of the bar', () => {
  expect(drawn(BARS)[2]).toEqual(bar(3, 11, 31, 11, 30));
});

it('says of the last bar anew what it says of all of them', () => {
  const averages = noAverages();
  fillAverages(BARS, averages);
  const grown = [...BARS.slice(0, 2), bar(3, 30, 40, 29, 38)];
  fillAverages(grown, averages, 2);
  expect(grown.map((one, index) => averaged(one, index, averages))).toEqual(drawn(grown));
});
