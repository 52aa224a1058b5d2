import type { Bar } from '@/features/chart/bars/bars';
import { exponentialAt, meanOf } from '@/features/chart/indicators/averages';
import { at, type Column, type Indicator, PERIOD, parameter } from '@/features/chart/indicators/types';
import { t } from '@/messages/words';

const closeAt = (bars: readonly Bar[], index: number) => bars[index]?.close ?? Number.NaN;

/** Wilder's smoothing: first the plain mean of `period` values from index `first`, then one `period`-th of the distance. */
function smoothedAt(
  value: (index: number) => number,
  column: Column,
  period: number,
  index: number,
  first: number,
): number {
  const begin = first + period - 1;
  if (index < begin) return Number.NaN;
  if (index === begin) return meanOf((back) => value(first + back), period, period - 1);
  return (at(column, index - 1) * (period - 1) + value(index)) / period;
}

/** Wilder's relative strength, 0 to 100; 50 where the price did not move at all. */
export const RSI: Indicator = {
  name: 'rsi',
  title: 'RSI',
  place: 'pane',
  rules: [PERIOD],
  defaults: { period: 14 },
  columns: 3,
  lines: [{ column: 0, label: 'RSI', kind: 'line' }],
  fill: (bars, parameters, [strength = [], gains = [], losses = []], from) => {
    const period = parameter(parameters, 'period');
    const move = (index: number) => closeAt(bars, index) - closeAt(bars, index - 1);
    for (let index = from; index < bars.length; index += 1) {
      gains[index] = smoothedAt((back) => Math.max(0, move(back)), gains, period, index, 1);
      losses[index] = smoothedAt((back) => Math.max(0, -move(back)), losses, period, index, 1);
      const all = at(gains, index) + at(losses, index);
      strength[index] = all === 0 ? 50 : (100 * at(gains, index)) / all;
    }
  },
};

/** Distance of a fast from a slow exponential mean, its own exponential mean, and how far the two are apart. */
export const MACD: Indicator = {
  name: 'macd',
  title: 'MACD',
  place: 'pane',
  rules: [
    { name: 'fast', label: t('Fast'), least: 1, most: 500 },
    { name: 'slow', label: t('Slow'), least: 2, most: 500 },
    { name: 'signal', label: t('Signal'), least: 1, most: 500 },
  ],
  defaults: { fast: 12, slow: 26, signal: 9 },
  columns: 5,
  lines: [
    { column: 2, label: t('MACD histogram'), kind: 'histogram' },
    { column: 0, label: 'MACD', kind: 'line' },
    { column: 1, label: t('Signal'), kind: 'line' },
  ],
  fill: (bars, parameters, [macd = [], signal = [], apart = [], fast = [], slow = []], from) => {
    const [fastPeriod, slowPeriod] = [parameter(parameters, 'fast'), parameter(parameters, 'slow')];
    const first = Math.max(fastPeriod, slowPeriod) - 1;
    const close = (index: number) => closeAt(bars, index);
    for (let index = from; index < bars.length; index += 1) {
      fast[index] = exponentialAt(close, fast, fastPeriod, index);
      slow[index] = exponentialAt(close, slow, slowPeriod, index);
      macd[index] = at(fast, index) - at(slow, index);
      signal[index] = exponentialAt(
        (back) => at(macd, back),
        signal,
        parameter(parameters, 'signal'),
        index,
        first,
      );
      apart[index] = at(macd, index) - at(signal, index);
    }
  },
};

/** The widest of the bar itself and its gap to the close before. */
function trueRange(bars: readonly Bar[], index: number): number {
  const bar = bars[index];
  if (!bar) return Number.NaN;
  const before = bars[index - 1]?.close;
  if (before === undefined) return bar.high - bar.low;
  return Math.max(bar.high, before) - Math.min(bar.low, before);
}

/**
 * A stop that trails by a multiple of Wilder's average true range: below the price while it rises, above while it
 * falls; it turns when a bar closes beyond it. The first side is the one the first close lies on.
 */
export const SUPERTREND: Indicator = {
  name: 'supertrend',
  title: t('Supertrend'),
  place: 'price',
  rules: [PERIOD, { name: 'multiplier', label: t('Multiplier'), least: 0.5, most: 10, step: 0.5 }],
  defaults: { period: 10, multiplier: 3 },
  columns: 5,
  lines: [
    { column: 0, label: t('Supertrend up'), kind: 'dots' },
    { column: 1, label: t('Supertrend down'), kind: 'dots' },
  ],
  fill: (bars, parameters, columns, from) => {
    for (let index = from; index < bars.length; index += 1)
      trail(bars, parameter(parameters, 'period'), parameter(parameters, 'multiplier'), columns, index);
  },
};

function trail(
  bars: readonly Bar[],
  period: number,
  multiplier: number,
  [up = [], down = [], range = [], upper = [], lower = []]: readonly Column[],
  index: number,
): void {
  const bar = bars[index];
  if (!bar) return;
  range[index] = smoothedAt((back) => trueRange(bars, back), range, period, index, 0);
  const middle = (bar.high + bar.low) / 2;
  const width = multiplier * at(range, index);
  const [lastUpper, lastLower, lastClose] = [
    at(upper, index - 1),
    at(lower, index - 1),
    closeAt(bars, index - 1),
  ];
  // A band only closes in on the price, until the price has gone through it.
  upper[index] = middle + width < lastUpper || !(lastClose <= lastUpper) ? middle + width : lastUpper;
  lower[index] = middle - width > lastLower || !(lastClose >= lastLower) ? middle - width : lastLower;
  const wasUp = !Number.isNaN(at(up, index - 1));
  const wasDown = !Number.isNaN(at(down, index - 1));
  const isUp = wasUp
    ? bar.close >= at(lower, index)
    : wasDown
      ? bar.close > at(upper, index)
      : bar.close >= middle;
  up[index] = isUp ? at(lower, index) : Number.NaN;
  down[index] = isUp ? Number.NaN : at(upper, index);
}
