import type { Bar } from '@/features/chart/bars/bars';

/** Open and close of Heikin-Ashi bars, one per bar and beside them. */
export interface Averages {
  opens: number[];
  closes: number[];
}

export const noAverages = (): Averages => ({ opens: [], closes: [] });

/**
 * Averages from the bar at `from` on: a bar closes at the mean of its four prices and opens in the middle of the body
 * before it; the first one opens in the middle of its own.
 */
export function fillAverages(bars: readonly Bar[], { opens, closes }: Averages, from = 0): void {
  for (let index = from; index < bars.length; index += 1) {
    const bar = bars[index];
    if (!bar) continue;
    const [open, close] = [opens[index - 1], closes[index - 1]];
    opens[index] =
      open === undefined || close === undefined ? (bar.open + bar.close) / 2 : (open + close) / 2;
    closes[index] = (bar.open + bar.high + bar.low + bar.close) / 4;
  }
}

/** The bar as it is drawn: its wicks reach as far as prices and body do. */
export function averaged(bar: Bar, index: number, { opens, closes }: Averages): Bar {
  const open = opens[index] ?? bar.open;
  const close = closes[index] ?? bar.close;
  return { ...bar, open, close, high: Math.max(bar.high, open, close), low: Math.min(bar.low, open, close) };
}
