import { expect, it } from 'vitest';
import { HEIGHT, nearestTo, shapeOf, WIDTH } from '@/components/chart/curve-shape';

it('draws a curve with what it is measured against in sight, and none for a single point', () => {
  const points = [
    [0, 50],
    [60, 100],
  ] as const;
  expect(shapeOf(points, [0])?.line).toBe(`0.0,${(HEIGHT / 2).toFixed(1)} ${WIDTH.toFixed(1)},0.0`);
  expect(shapeOf(points, [0])?.yOf(0)).toBe(HEIGHT);
  expect(shapeOf(points)).toMatchObject({ low: 50, high: 100, line: `0.0,${HEIGHT.toFixed(1)} 1000.0,0.0` });
  expect(shapeOf([[0, 50]])).toBeNull();
});

it('keeps an account that does not move in the middle', () => {
  const shape = shapeOf([
    [0, 7],
    [1, 7],
  ]);
  expect(shape?.yOf(7)).toBe(HEIGHT / 2);
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
