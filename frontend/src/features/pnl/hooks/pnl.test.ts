import { expect, it } from 'vitest';
import { HEIGHT, nearestTo, shapeOf, WIDTH } from '@/features/pnl/hooks/curve-shape';
import { afterCharges, sumOf } from '@/features/pnl/hooks/sums';

const row = { realized: 10, unrealized: 5, total: 15, charges: 2, turnover: 100 };

it('adds up a figure, and says nothing as soon as one row lacks it', () => {
  expect(sumOf([row, { ...row, realized: -2.005 }], 'realized')).toBe(8);
  expect(sumOf([row, { ...row, realized: null }], 'realized')).toBeNull();
  expect(sumOf([], 'total')).toBe(0);
});

it('takes charges off only where both are known', () => {
  expect(afterCharges(row)).toBe(13);
  expect(afterCharges({ total: 15, charges: null })).toBeNull();
  expect(afterCharges({ total: null, charges: 2 })).toBeNull();
});

it('draws a curve with zero in sight, and none for a single point', () => {
  const shape = shapeOf([
    [0, 50],
    [60, 100],
  ]);
  expect(shape?.line).toBe(`0.0,${(HEIGHT / 2).toFixed(1)} ${WIDTH.toFixed(1)},0.0`);
  expect(shape?.zero).toBe(HEIGHT);
  expect(shapeOf([[0, 50]])).toBeNull();
});

it('finds the point nearest to the pointer', () => {
  const points: [number, number][] = [
    [0, 1],
    [10, 2],
    [100, 3],
  ];
  expect([0, 0.04, 0.06, 0.5, 0.6, 1].map((share) => nearestTo(points, share)?.[1])).toEqual([
    1, 1, 2, 2, 3, 3,
  ]);
  expect(nearestTo([], 0.5)).toBeNull();
});
