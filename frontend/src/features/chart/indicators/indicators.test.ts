import { describe, expect, it } from 'vitest';
import type { Bar } from '@/features/chart/bars/bars';
import { BOLLINGER, EMA, SMA, VWAP } from '@/features/chart/indicators/averages';
import { checkParameters, INDICATORS, indicatorLabel } from '@/features/chart/indicators/catalogue';
import { MACD, RSI, SUPERTREND } from '@/features/chart/indicators/oscillators';
import { barsFromCloses, REFERENCE_BARS } from '@/features/chart/indicators/reference';
import {
  type Column,
  emptyColumns,
  type Indicator,
  type Parameters,
} from '@/features/chart/indicators/types';

function columnsOf(indicator: Indicator, bars: readonly Bar[], parameters: Parameters = {}): Column[] {
  const columns = emptyColumns(indicator);
  indicator.fill(bars, { ...indicator.defaults, ...parameters }, columns, 0);
  return columns;
}

function column(indicator: Indicator, bars: readonly Bar[], parameters?: Parameters, at = 0): Column {
  return columnsOf(indicator, bars, parameters)[at] ?? [];
}

// A published worked example of the simple and exponential mean of ten closes.
const PUBLISHED = [
  22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43, 22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36,
  24.05, 23.75, 23.83, 23.95, 23.63,
];
// A published worked example of Wilder's relative strength of fourteen.
const PUBLISHED_RSI = [
  44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328,
  45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
];

describe('means', () => {
  it('agree with a published table', () => {
    const bars = barsFromCloses(PUBLISHED);
    const rounded = (values: Column) => values.slice(9).map((value) => value.toFixed(2));
    expect(rounded(column(SMA, bars, { period: 10 }))).toEqual(
      '22.22 22.21 22.23 22.26 22.30 22.42 22.61 22.77 22.91 23.08 23.21'.split(' '),
    );
    expect(rounded(column(EMA, bars, { period: 10 }))).toEqual(
      '22.22 22.21 22.24 22.27 22.33 22.52 22.80 22.97 23.13 23.28 23.34'.split(' '),
    );
  });

  it('are unknown until there are enough bars', () => {
    for (const indicator of [SMA, EMA]) {
      const values = column(indicator, REFERENCE_BARS);
      expect(values.slice(0, 19).every(Number.isNaN)).toBe(true);
      expect(values[19]).toBeCloseTo(106.33, 6);
    }
    expect(column(EMA, REFERENCE_BARS)[40]).toBeCloseTo(108.058342, 5);
    expect(column(EMA, REFERENCE_BARS)[59]).toBeCloseTo(106.476672, 5);
    expect(column(SMA, REFERENCE_BARS)[59]).toBeCloseTo(106.4325, 6);
  });

  it('stand two deviations inside the Bollinger bands', () => {
    const [mean, upper, lower] = columnsOf(BOLLINGER, REFERENCE_BARS);
    expect([mean?.[59], upper?.[59], lower?.[59]].map((value) => value?.toFixed(5))).toEqual([
      '106.43250',
      '113.70837',
      '99.15663',
    ]);
    expect(upper?.[19]).toBeCloseTo(114.577448, 5);
    expect(upper?.[18]).toBeNaN();
  });

  it('weighted by volume begin anew with the Indian day', () => {
    const values = column(VWAP, REFERENCE_BARS);
    expect(values[0]).toBeCloseTo(99.983333, 5);
    expect(values[24]).toBeCloseTo(106.463323, 5);
    expect(values[25]).toBeCloseTo(106.966667, 5);
    expect(values[59]).toBeCloseTo(107.47216, 5);
  });

  it('weighted by volume are unknown for an index, which has none', () => {
    const index = REFERENCE_BARS.map((bar) => ({ ...bar, volume: 0 }));
    expect(column(VWAP, index).every(Number.isNaN)).toBe(true);
  });
});

describe('oscillators', () => {
  it('give the relative strength of a published table', () => {
    const values = column(RSI, barsFromCloses(PUBLISHED_RSI));
    expect(values[13]).toBeNaN();
    const shown = values.slice(14).map((value) => value.toFixed(1));
    expect(shown).toEqual(['70.5', '66.3', '66.5', '69.4', '66.4', '58.0']);
  });

  it('put a price that stands still in the middle, one that only rises at the top', () => {
    expect(column(RSI, barsFromCloses(Array(20).fill(5)))[19]).toBe(50);
    expect(column(RSI, barsFromCloses(Array.from({ length: 20 }, (_, at) => at + 1)))[19]).toBe(100);
  });

  it('give MACD, its signal and the difference', () => {
    const [macd, signal, apart] = columnsOf(MACD, REFERENCE_BARS);
    expect(macd?.[24]).toBeNaN();
    expect(macd?.[25]).toBeCloseTo(0.641945, 5);
    expect(signal?.[32]).toBeNaN();
    expect(signal?.[33]).toBeCloseTo(0.840052, 5);
    expect(macd?.[59]).toBeCloseTo(-0.360473, 5);
    expect(signal?.[59]).toBeCloseTo(-0.524194, 5);
    expect(apart?.[59]).toBeCloseTo(-0.360473 + 0.524194, 5);
  });

  it('trail the price from below while it rises and from above while it falls', () => {
    const [up = [], down = []] = columnsOf(SUPERTREND, REFERENCE_BARS, { multiplier: 1.5 });
    expect(down[8]).toBeNaN();
    expect(down[9]).toBeCloseTo(117.4525, 4);
    expect(down[10]).toBeCloseTo(112.97475, 4);
    expect(up[20]).toBeCloseTo(100.546467, 5);
    expect(up[35]).toBeCloseTo(101.887025, 5);
    expect(up[45]).toBeCloseTo(101.98326, 5);
    expect(down[59]).toBeCloseTo(113.006985, 5);
    const sides = up.slice(9).map((value) => (Number.isNaN(value) ? '-' : '+'));
    expect(sides.join('')).toBe('---------++++++++++++++++++++++++++++--------------');
  });
});

describe('every indicator', () => {
  it.each(INDICATORS)('$title says the same bar by bar, ticking, as from the start', (indicator) => {
    const whole = columnsOf(indicator, REFERENCE_BARS);
    const stepped = emptyColumns(indicator);
    for (let count = 1; count <= REFERENCE_BARS.length; count += 1) {
      const bars = REFERENCE_BARS.slice(0, count);
      const last = bars[count - 1] as Bar;
      const early = [...bars.slice(0, -1), { ...last, close: last.low, volume: last.volume / 2 }];
      indicator.fill(early, indicator.defaults, stepped, count - 1);
      indicator.fill(bars, indicator.defaults, stepped, count - 1);
    }
    expect(stepped).toEqual(whole);
  });

  it('is named with its parameters', () => {
    expect(indicatorLabel(MACD, MACD.defaults)).toBe('MACD 12 26 9');
    expect(indicatorLabel(VWAP, VWAP.defaults)).toBe('VWAP');
  });

  it('refuses parameters it cannot be drawn with', () => {
    expect(INDICATORS.map((one) => checkParameters(one, one.defaults))).toEqual(INDICATORS.map(() => ({})));
    expect(checkParameters(EMA, { period: 0 })).toEqual({ period: 'must lie between 1 and 500' });
    expect(checkParameters(EMA, { period: 2.5 })).toEqual({ period: 'must be a whole number' });
    expect(checkParameters(EMA, {})).toEqual({ period: 'is required' });
    expect(checkParameters(MACD, { fast: 26, slow: 12, signal: 9 })).toEqual({ slow: 'must be above Fast' });
  });
});
