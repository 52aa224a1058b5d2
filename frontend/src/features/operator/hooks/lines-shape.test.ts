import { describe, expect, it } from 'vitest';
import { HEIGHT, nearest, shapeOf, topOf, WIDTH } from '@/features/operator/hooks/lines-shape';

describe('the shape of lines', () => {
  it.each([
    [0, 1],
    [0.3, 0.5],
    [1, 1],
    [7, 10],
    [130, 200],
    [4999, 5000],
  ])('puts a round figure above %d', (value, top) => {
    expect(topOf(value)).toBeCloseTo(top);
  });

  it('spans the time of all lines and begins at zero', () => {
    const shape = shapeOf([
      { label: 'a', points: [[10, 0]] },
      {
        label: 'b',
        points: [
          [0, 5],
          [20, 10],
        ],
      },
    ]);
    expect(shape).toMatchObject({ from: 0, to: 20, top: 10 });
    expect(shape?.paths).toEqual([
      `M${WIDTH / 2}.0 ${HEIGHT}.0h.1`,
      `M0.0 ${HEIGHT / 2}.0h.1L${WIDTH}.0 0.0`,
    ]);
  });

  it('breaks a line where nothing is known instead of drawing zero', () => {
    const points = [
      [0, 1],
      [1, null],
      [2, 1],
    ] as const;
    expect(shapeOf([{ label: 'a', points }])?.paths[0]?.match(/M/g)).toHaveLength(2);
  });

  it('has no shape without a value', () => {
    expect(shapeOf([{ label: 'a', points: [[0, null]] }])).toBeNull();
  });

  it('finds the point under the pointer', () => {
    const points = [
      [0, 1],
      [10, 2],
      [100, 3],
    ] as const;
    const shape = shapeOf([{ label: 'a', points }]);
    expect(shape && nearest(points, shape, 0.12)).toEqual([10, 2]);
  });
});
