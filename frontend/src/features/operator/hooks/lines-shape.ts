export const WIDTH = 1000;
export const HEIGHT = 120;

export type Point = readonly [at: number, value: number | null];

export interface Line {
  label: string;
  points: readonly Point[];
}

export interface Shape {
  paths: string[];
  top: number;
  from: number;
  to: number;
}

/** A figure that stands well at the top of an axis: 1, 2 or 5 times a power of ten, at least `value`. */
export function topOf(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** Lines over one time axis from zero up; a value that is missing breaks its line. Null without a point. */
export function shapeOf(lines: readonly Line[]): Shape | null {
  const all = lines.flatMap(({ points }) => points);
  const values = all.flatMap(([, value]) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  const from = Math.min(...all.map(([at]) => at));
  const to = Math.max(...all.map(([at]) => at));
  const top = topOf(Math.max(...values));
  const x = (at: number) => (to === from ? WIDTH / 2 : ((at - from) / (to - from)) * WIDTH);
  const y = (value: number) => HEIGHT - (value / top) * HEIGHT;
  const paths = lines.map(({ points }) => {
    let isBroken = true;
    return points
      .flatMap(([at, value]) => {
        if (value === null) {
          isBroken = true;
          return [];
        }
        const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
        // A point that stands alone is seen as a dot.
        const drawn = isBroken ? `M${place}h.1` : `L${place}`;
        isBroken = false;
        return [drawn];
      })
      .join('');
  });
  return { paths, top, from, to };
}

/** The point of a line nearest to a share of its axis. */
export function nearest(points: readonly Point[], shape: Shape, share: number): Point | undefined {
  const wanted = shape.from + share * (shape.to - shape.from);
  return points.reduce<Point | undefined>(
    (best, point) =>
      best === undefined || Math.abs(point[0] - wanted) < Math.abs(best[0] - wanted) ? point : best,
    undefined,
  );
}
