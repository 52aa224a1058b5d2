import { describe, expect, it } from 'vitest';
import { type Bar, barChange, mergeBars } from '@/features/chart/bars/bars';
import { axisTime, barStart, dayText, indianDay } from '@/features/chart/bars/calendar';
import { chooseInterval, inOrder, intervalName, secondsOf } from '@/features/chart/bars/intervals';
import { liveFrom, rebased, type Tick, withTick } from '@/features/chart/bars/live-bar';
import { formingSpan, olderSpan } from '@/features/chart/bars/spans';

/** Epoch seconds of a wall clock in India. */
const india = (text: string) => Date.parse(`${text}+05:30`) / 1000;

const bar = (time: number, close: number, volume = 10): Bar => ({
  time,
  open: close,
  high: close + 1,
  low: close - 1,
  close,
  volume,
});

const tick = (at: number, ltp: number | null, volume: number | null = null): Tick => ({
  ltp,
  timestamp: at * 1000,
  volume,
});

describe('the grid of bars', () => {
  it('follows the opening of the session, not the full hour', () => {
    expect(barStart(india('2026-11-20T10:20:00'), '1h', 'NSE', null)).toBe(india('2026-11-20T10:15:00'));
    expect(barStart(india('2026-11-20T10:20:00'), '1h', 'MCX', null)).toBe(india('2026-11-20T10:00:00'));
    expect(barStart(india('2026-11-20T09:15:00'), '5m', 'NSE', null)).toBe(india('2026-11-20T09:15:00'));
    expect(barStart(india('2026-11-20T09:19:59'), '5m', 'NSE', null)).toBe(india('2026-11-20T09:15:00'));
  });

  it('is the one the broker uses, also on the next day', () => {
    const known = india('2026-11-19T15:00:00');
    expect(barStart(india('2026-11-20T10:20:00'), '1h', 'NSE', known)).toBe(india('2026-11-20T10:00:00'));
  });

  it('stamps days and longer with midnight UTC of their first Indian day', () => {
    const late = india('2026-11-20T00:10:00');
    expect(barStart(late, 'D', 'NSE', null)).toBe(Date.UTC(2026, 10, 20) / 1000);
    expect(barStart(late, 'W', 'NSE', null)).toBe(Date.UTC(2026, 10, 16) / 1000);
    expect(barStart(late, 'M', 'NSE', null)).toBe(Date.UTC(2026, 10, 1) / 1000);
    expect(barStart(late, 'Q', 'NSE', null)).toBe(Date.UTC(2026, 9, 1) / 1000);
    expect(barStart(late, 'Y', 'NSE', null)).toBe(Date.UTC(2026, 0, 1) / 1000);
  });

  it('keeps the stamp of a week that began after a holiday', () => {
    const tuesday = Date.UTC(2026, 10, 17) / 1000;
    expect(barStart(india('2026-11-20T10:00:00'), 'W', 'NSE', tuesday)).toBe(tuesday);
    expect(barStart(india('2026-11-23T10:00:00'), 'W', 'NSE', tuesday)).toBe(Date.UTC(2026, 10, 23) / 1000);
  });

  it('is drawn on the Indian clock', () => {
    const shown = axisTime(india('2026-11-20T09:15:00'), '5m');
    expect(new Date(shown * 1000).toISOString()).toBe('2026-11-20T09:15:00.000Z');
    expect(axisTime(Date.UTC(2026, 10, 20) / 1000, 'D')).toBe(Date.UTC(2026, 10, 20) / 1000);
  });
});

describe('the last bar', () => {
  const grid = { interval: '1m', exchange: 'NSE' };
  const start = india('2026-11-20T09:15:00');

  it('grows with the ticks of its minute and counts only volume traded since the first', () => {
    let live = liveFrom(bar(start, 100, 50));
    live = withTick(live, tick(start + 10, 103, 1000), grid);
    expect(live.bar).toMatchObject({ open: 100, high: 103, low: 99, close: 103, volume: 50 });
    live = withTick(live, tick(start + 20, 98, 1030), grid);
    expect(live.bar).toMatchObject({ open: 100, high: 103, low: 98, close: 98, volume: 80 });
  });

  it('is followed by a new one with the first trade of the next minute', () => {
    let live = withTick(liveFrom(bar(start, 100)), tick(start + 10, 101, 1000), grid);
    live = withTick(live, tick(start + 61, 102, 1007), grid);
    expect(live.bar).toEqual({ time: start + 60, open: 102, high: 102, low: 102, close: 102, volume: 7 });
  });

  it('is not followed by one while quotes only repeat themselves', () => {
    const live = withTick(liveFrom(bar(start, 100)), tick(start + 10, 101, 1000), grid);
    expect(withTick(live, tick(start + 3600, 101, 1000), grid).bar).toBe(live.bar);
  });

  it('is not followed by one on the word of the first tick, which may be the closing price of hours ago', () => {
    const live = withTick(liveFrom(bar(start, 100)), tick(start + 3600, 104, 1000), grid);
    expect(live.bar?.time).toBe(start);
    expect(withTick(live, tick(start + 3605, 105, 1001), grid).bar?.time).toBe(start + 3600);
  });

  it('ignores a tick that is older than it, has no price or no time', () => {
    const live = liveFrom(bar(start, 100));
    expect(withTick(live, tick(start - 1, 90), grid)).toBe(live);
    expect(withTick(live, tick(start + 1, null), grid)).toBe(live);
    expect(withTick(live, { ltp: 90, timestamp: null, volume: null }, grid)).toBe(live);
  });

  it('counts from nought when the day and its running volume begin anew', () => {
    const day = { interval: 'D', exchange: 'NSE' };
    let live = withTick(liveFrom(null), tick(india('2026-11-19T15:20:00'), 100, 90_000), day);
    live = withTick(live, tick(india('2026-11-20T09:15:00'), 101, 40), day);
    expect(live.bar).toMatchObject({ time: Date.UTC(2026, 10, 20) / 1000, volume: 40 });
  });

  it('joins what a newer answer of the history knows of it', () => {
    const live = withTick(liveFrom(bar(start, 100, 50)), tick(start + 10, 104, 1000), grid);
    const told = { time: start, open: 99, high: 102, low: 95, close: 101, volume: 70 };
    expect(rebased(live, told).bar).toEqual({
      time: start,
      open: 99,
      high: 104,
      low: 95,
      close: 104,
      volume: 70,
    });
    expect(rebased(live, bar(start + 60, 107)).bar?.time).toBe(start + 60);
    expect(rebased(live, bar(start - 60, 90)).bar).toBe(live.bar);
    expect(rebased(live, null).bar).toBe(live.bar);
  });
});

describe('parts of a history', () => {
  it('become one ascending row in which the newer answer wins', () => {
    const merged = mergeBars([bar(1, 10), bar(2, 11)], [], [bar(2, 12), bar(3, 13)]);
    expect(merged.map(({ time, close }) => [time, close])).toEqual([
      [1, 10],
      [2, 12],
      [3, 13],
    ]);
  });

  it('may interleave', () => {
    const merged = mergeBars([bar(1, 1), bar(4, 1), bar(6, 1)], [bar(2, 1), bar(4, 9)], [bar(5, 1)]);
    expect(merged.map(({ time, close }) => `${time}:${close}`).join(' ')).toBe('1:1 2:1 4:9 5:1 6:1');
  });

  it('tell how far a close moved', () => {
    expect(barChange([bar(1, 100), bar(2, 101)], 1)).toBeCloseTo(1);
    expect(barChange([bar(1, 100)], 0)).toBeNull();
  });
});

describe('what is asked for', () => {
  const now = india('2026-11-20T00:30:00');

  it('is the forming period, and whole days to the left of it that neither overlap nor leave a hole', () => {
    expect(formingSpan(now, '5m')).toEqual({ start_date: '2026-11-20', end_date: '2026-11-20' });
    expect(formingSpan(now, 'M')).toEqual({ start_date: '2026-11-01', end_date: '2026-11-20' });
    expect(olderSpan(now, '5m', 0)).toEqual({ start_date: '2026-11-06', end_date: '2026-11-19' });
    expect(olderSpan(now, '5m', 1)).toEqual({ start_date: '2026-10-23', end_date: '2026-11-05' });
  });

  it('ends at the first day of all', () => {
    expect(olderSpan(now, 'D', 12)?.start_date).toBe('1990-01-01');
    expect(olderSpan(now, 'D', 13)).toBeNull();
  });
});

describe('intervals', () => {
  it('are those the broker serves, shortest first, without words nobody knows', () => {
    expect(inOrder(['D', '1h', '7m', '1m'])).toEqual(['1m', '1h', 'D']);
  });

  it('fall back to one that is served', () => {
    expect(chooseInterval(['1m', 'D'], '15m', 'D')).toBe('D');
    expect(chooseInterval(['3m'], null, '1m')).toBe('3m');
    expect(chooseInterval([], '1m')).toBeNull();
  });

  it('have seconds within a day and a name for the ear', () => {
    expect([secondsOf('45s'), secondsOf('4h'), secondsOf('D')]).toEqual([45, 14_400, null]);
    expect([intervalName('1m'), intervalName('15m'), intervalName('W')]).toEqual([
      '1 minute',
      '15 minutes',
      '1 week',
    ]);
  });

  it('count Indian days', () => {
    expect(dayText(indianDay(india('2026-11-20T00:00:01')))).toBe('2026-11-20');
    expect(dayText(indianDay(india('2026-11-19T23:59:59')))).toBe('2026-11-19');
  });
});
