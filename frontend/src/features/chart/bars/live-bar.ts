import type { Bar } from '@/features/chart/bars/bars';
import { barStart } from '@/features/chart/bars/calendar';

/** What of a quote makes bars. `timestamp` epoch ms; `volume` is the day's running total. */
export interface Tick {
  ltp: number | null;
  timestamp: number | null;
  volume: number | null;
}

/** The last bar and where the day's running volume stood when it was last counted. */
export interface LiveBar {
  bar: Bar | null;
  /** Running volume of the newest tick that was counted; `null` before the first. */
  total: number | null;
  price: number | null;
}

export interface BarGrid {
  interval: string;
  exchange: string;
}

/** Starts from the last bar of the history, or from none. */
export function liveFrom(bar: Bar | null): LiveBar {
  return { bar, total: null, price: null };
}

/**
 * The last bar after one more tick; the same object when the tick says nothing new.
 *
 * A tick older than the last bar changes nothing. A new bar begins only with a trade seen here (another price or more
 * volume than the tick before): quotes repeated after the close must not draw bars of a market that stands still. The
 * volume of the first tick is only the mark from which later volume is counted, because the history already holds what
 * was traded before it.
 */
export function withTick(live: LiveBar, tick: Tick, grid: BarGrid): LiveBar {
  const { ltp: price, timestamp, volume } = tick;
  if (price === null || timestamp === null) return live;
  const start = barStart(Math.floor(timestamp / 1000), grid.interval, grid.exchange, live.bar?.time ?? null);
  if (live.bar && start < live.bar.time) return live;
  const traded = tradedSince(live.total, volume);
  const total = volume ?? live.total;
  if (live.bar && start === live.bar.time) return { bar: grown(live.bar, price, traded), total, price };
  const isTrade = live.price !== null && (price !== live.price || traded > 0);
  if (!isTrade) return { ...live, total, price };
  return {
    bar: { time: start, open: price, high: price, low: price, close: price, volume: traded },
    total,
    price,
  };
}

/**
 * The last bar once a newer answer of the history ends with `last`. Where both know the bar, the extremes of both
 * happened; the price seen last stands, and the volume of whichever counted more.
 */
export function rebased(live: LiveBar, last: Bar | null): LiveBar {
  const { bar } = live;
  if (!last || !bar || live.price === null) return { ...live, bar: last ?? bar };
  if (bar.time > last.time) return live;
  if (bar.time < last.time) return { ...live, bar: last };
  const joined: Bar = {
    time: bar.time,
    open: last.open,
    high: Math.max(bar.high, last.high),
    low: Math.min(bar.low, last.low),
    close: live.price,
    volume: Math.max(bar.volume, last.volume),
  };
  return { ...live, bar: joined };
}

/** Nothing before the first mark; a smaller total is a new day, which begins at nought. */
function tradedSince(mark: number | null, total: number | null): number {
  if (mark === null || total === null) return 0;
  return total < mark ? total : total - mark;
}

function grown(bar: Bar, price: number, traded: number): Bar {
  return {
    time: bar.time,
    open: bar.open,
    high: Math.max(bar.high, price),
    low: Math.min(bar.low, price),
    close: price,
    volume: bar.volume + traded,
  };
}
