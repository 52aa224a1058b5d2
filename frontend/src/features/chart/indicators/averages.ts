import type { Bar } from '@/features/chart/bars/bars';
import { IST_OFFSET } from '@/features/chart/bars/calendar';
import { SECONDS_PER_DAY } from '@/features/chart/bars/intervals';
import { at, type Column, type Indicator, PERIOD, parameter } from '@/features/chart/indicators/types';
import { t } from '@/messages/words';

/** Mean of `period` values that end at `index`; NaN before there are as many. */
export function meanOf(value: (index: number) => number, period: number, index: number): number {
  if (index < period - 1) return Number.NaN;
  let sum = 0;
  for (let back = index - period + 1; back <= index; back += 1) sum += value(back);
  return sum / period;
}

/**
 * Exponential mean at `index`: the first is the plain mean of the first `period` values, which begin at `first`; then
 * each moves by 2 / (period + 1) of the distance.
 */
export function exponentialAt(
  value: (index: number) => number,
  column: Column,
  period: number,
  index: number,
  first = 0,
): number {
  const begin = first + period - 1;
  if (index < begin) return Number.NaN;
  if (index === begin) return meanOf((back) => value(first + back), period, period - 1);
  const before = at(column, index - 1);
  return before + (2 / (period + 1)) * (value(index) - before);
}

const closeOf = (bars: readonly Bar[]) => (index: number) => bars[index]?.close ?? Number.NaN;

export const SMA: Indicator = {
  name: 'sma',
  title: 'SMA',
  place: 'price',
  rules: [PERIOD],
  defaults: { period: 20 },
  columns: 1,
  lines: [{ column: 0, label: 'SMA', kind: 'line' }],
  fill: (bars, parameters, [mean = []], from) => {
    const period = parameter(parameters, 'period');
    for (let index = from; index < bars.length; index += 1)
      mean[index] = meanOf(closeOf(bars), period, index);
  },
};

export const EMA: Indicator = {
  name: 'ema',
  title: 'EMA',
  place: 'price',
  rules: [PERIOD],
  defaults: { period: 20 },
  columns: 1,
  lines: [{ column: 0, label: 'EMA', kind: 'line' }],
  fill: (bars, parameters, [mean = []], from) => {
    const period = parameter(parameters, 'period');
    for (let index = from; index < bars.length; index += 1)
      mean[index] = exponentialAt(closeOf(bars), mean, period, index);
  },
};

/** The day of a stamp on the Indian clock: the running mean of VWAP begins anew with it. */
function dayOf(bar: Bar | undefined): number {
  return bar ? Math.floor((bar.time + IST_OFFSET) / SECONDS_PER_DAY) : Number.NaN;
}

/** Volume-weighted mean of (high + low + close) / 3 since the day began; unknown until something was traded. */
export const VWAP: Indicator = {
  name: 'vwap',
  title: 'VWAP',
  place: 'price',
  rules: [],
  defaults: {},
  columns: 3,
  lines: [{ column: 0, label: 'VWAP', kind: 'line' }],
  fill: (bars, _parameters, [mean = [], money = [], volume = []], from) => {
    for (let index = from; index < bars.length; index += 1) {
      const bar = bars[index];
      if (!bar) continue;
      const isSameDay = dayOf(bars[index - 1]) === dayOf(bar);
      const typical = (bar.high + bar.low + bar.close) / 3;
      money[index] = (isSameDay ? at(money, index - 1) : 0) + typical * bar.volume;
      volume[index] = (isSameDay ? at(volume, index - 1) : 0) + bar.volume;
      mean[index] = at(volume, index) > 0 ? at(money, index) / at(volume, index) : Number.NaN;
    }
  },
};

/** Mean of `period` closes, and that many standard deviations (of the population) above and below. */
export const BOLLINGER: Indicator = {
  name: 'bollinger',
  title: t('Bollinger bands'),
  place: 'price',
  rules: [
    { ...PERIOD, least: 2 },
    { name: 'deviations', label: t('Deviations'), least: 0.5, most: 5, step: 0.5 },
  ],
  defaults: { period: 20, deviations: 2 },
  columns: 3,
  lines: [
    { column: 0, label: 'BB', kind: 'line' },
    { column: 1, label: t('BB upper'), kind: 'line' },
    { column: 2, label: t('BB lower'), kind: 'line' },
  ],
  fill: (bars, parameters, [mean = [], upper = [], lower = []], from) => {
    const period = parameter(parameters, 'period');
    const close = closeOf(bars);
    for (let index = from; index < bars.length; index += 1) {
      const middle = meanOf(close, period, index);
      const width =
        parameter(parameters, 'deviations') *
        Math.sqrt(meanOf((back) => (close(back) - middle) ** 2, period, index));
      mean[index] = middle;
      upper[index] = middle + width;
      lower[index] = middle - width;
    }
  },
};
