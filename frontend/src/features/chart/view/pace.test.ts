import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { holdWhileMoved, Pace } from '@/features/chart/view/pace';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counted(bars: number) {
  let drawings = 0;
  const pace = new Pace(() => Date.now());
  return { pace, tick: () => pace.soon(() => (drawings += 1), bars), drawings: () => drawings };
}

it('draws every tick of a chart that is cheap to draw', () => {
  const { tick, drawings } = counted(500);
  for (let count = 0; count < 10; count += 1) tick();
  expect(drawings()).toBe(10);
});

it('draws the first tick of fifty thousand bars at once and the next ones together, half a second later', () => {
  const { tick, drawings } = counted(50_000);
  for (let count = 0; count < 10; count += 1) tick();
  expect(drawings()).toBe(1);
  vi.advanceTimersByTime(499);
  expect(drawings()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(drawings()).toBe(2);
});

it('draws nothing after it was stopped', () => {
  const { pace, tick, drawings } = counted(50_000);
  tick();
  tick();
  pace.stop();
  vi.advanceTimersByTime(1000);
  expect(drawings()).toBe(1);
});

it('waits three seconds with fifty thousand bars while they are moved, and half of one again when they rest', () => {
  const { pace, tick, drawings } = counted(50_000);
  const [chart, page] = [new EventTarget(), new EventTarget()];
  const stop = holdWhileMoved(chart, pace, page);
  tick();
  tick();
  chart.dispatchEvent(new Event('mousedown'));
  vi.advanceTimersByTime(2999);
  expect(drawings()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(drawings()).toBe(2);
  tick();
  vi.advanceTimersByTime(400);
  page.dispatchEvent(new Event('mouseup'));
  vi.advanceTimersByTime(99);
  expect(drawings()).toBe(2);
  vi.advanceTimersByTime(1);
  expect(drawings()).toBe(3);
  stop();
});

it('draws a small chart at once while it is moved, and takes a turn of the wheel for a move', () => {
  const small = counted(500);
  const many = counted(50_000);
  const [chart, page] = [new EventTarget(), new EventTarget()];
  holdWhileMoved(chart, small.pace, page);
  holdWhileMoved(chart, many.pace, page);
  many.tick();
  chart.dispatchEvent(new Event('wheel'));
  small.tick();
  many.tick();
  expect(small.drawings()).toBe(1);
  vi.advanceTimersByTime(499);
  expect(many.drawings()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(many.drawings()).toBe(2);
});
