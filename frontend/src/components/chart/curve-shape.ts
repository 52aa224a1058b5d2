/** A curve of money over time or days: [place, amount], places ascending. */
export type Points = readonly (readonly [at: number, amount: number])[];

export const WIDTH = 1000;
export const HEIGHT = 160;

export interface CurveShape {
  /** Points of the line, in the space of the picture. */
  line: string;
  low: number;
  high: number;
  xOf: (at: number) => number;
  yOf: (amount: number) => number;
}

/** The curve in a picture of WIDTH by HEIGHT, with `around` in sight, too. `null` for less than two points. */
export function shapeOf(points: Points, around: readonly number[] = []): CurveShape | null {
  const first = points.at(0);
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return null;
  const amounts = [...points.map(([, amount]) => amount), ...around];
  const low = Math.min(...amounts);
  const high = Math.max(...amounts);
  const xOf = (at: number) => ((at - first[0]) / (last[0] - first[0] || 1)) * WIDTH;
  const yOf = (amount: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - ((amount - low) / (high - low)) * HEIGHT;
  return {
    line: points.map(([at, amount]) => `${xOf(at).toFixed(1)},${yOf(amount).toFixed(1)}`).join(' '),
    low,
    high,
    xOf,
    yOf,
  };
}

/** The point nearest to a place between 0 (left) and 1 (right) of the picture. */
export function nearestTo<P extends Points[number]>(points: readonly P[], share: number): P | null {
  const first = points.at(0);
  const last = points.at(-1);
  if (!first || !last) return null;
  const wanted = first[0] + share * (last[0] - first[0]);
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const after = points[low] ?? last;
  const before = points[low - 1] ?? after;
  return wanted - before[0] < after[0] - wanted ? before : after;
}
