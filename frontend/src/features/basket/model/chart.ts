/** Geometry of the payoff chart: pure, in pixels. */

export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Scale {
  (value: number): number;
  invert: (pixel: number) => number;
}

export function linear(from: readonly [number, number], to: readonly [number, number]): Scale {
  const span = from[1] - from[0] || 1;
  const rate = (to[1] - to[0]) / span;
  const scale = (value: number) => to[0] + (value - from[0]) * rate;
  return Object.assign(scale, { invert: (pixel: number) => from[0] + (pixel - to[0]) / (rate || 1) });
}

/** Round numbers between the ends: 1, 2 or 5 times a power of ten, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || count < 1) return [];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? 10 * power;
  const found: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1)
    found.push(at * step + 0);
  return found;
}

/** The range of profit and loss to draw, zero always within, with some air. */
export function range(curves: readonly (readonly number[] | null)[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const curve of curves) {
    for (const value of curve ?? []) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const air = (high - low || 1) * 0.08;
  return [low - air, high + air];
}

export function line(xs: readonly number[], ys: readonly number[], x: Scale, y: Scale): string {
  return xs
    .map((at, index) => `${index ? 'L' : 'M'}${x(at).toFixed(1)},${y(ys[index] ?? 0).toFixed(1)}`)
    .join('');
}

/** The line closed along the zero line. */
export function area(xs: readonly number[], ys: readonly number[], x: Scale, y: Scale): string {
  const first = xs[0];
  const last = xs.at(-1);
  if (first === undefined || last === undefined) return '';
  const zero = y(0).toFixed(1);
  return `${line(xs, ys, x, y)}L${x(last).toFixed(1)},${zero}L${x(first).toFixed(1)},${zero}Z`;
}

/** Place of the drawn price nearest to this one. */
export function nearest(prices: readonly number[], price: number): number {
  let low = 0;
  let high = prices.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((prices[middle] ?? 0) > price) high = middle;
    else low = middle;
  }
  return Math.abs((prices[high] ?? 0) - price) < Math.abs((prices[low] ?? 0) - price) ? high : low;
}

/** The stretch where it happens: marks with half their spread on either side, 1.5 % of the underlying at least. */
export function stretch(
  prices: readonly number[],
  marks: readonly number[],
  spot: number,
): [first: number, last: number] {
  const low = Math.min(spot, ...marks);
  const high = Math.max(spot, ...marks);
  const air = Math.max((high - low) / 2, spot * 0.015);
  const inside = prices.flatMap((price, place) => (price >= low - air && price <= high + air ? [place] : []));
  return [inside[0] ?? 0, inside.at(-1) ?? prices.length - 1];
}

/** Prices worth a row in the table: the ends, the underlying, strikes and breakevens, ascending. */
export function told(prices: readonly number[], marks: readonly number[]): number[] {
  const places = [0, prices.length - 1, ...marks.map((mark) => nearest(prices, mark))];
  return [...new Set(places)].sort((one, other) => one - other);
}
