import { screen } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DayChange, LiveTotal, Ltp } from '@/components/market/live';
import { ageText } from '@/lib/market-data/freshness';
import { renderInDesk } from '@/testing/render';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const TCS = { symbol: 'TCS', exchange: 'NSE' };

async function live(node: React.ReactNode) {
  const commits = vi.fn();
  const desk = renderInDesk(
    <Profiler id="cells" onRender={commits}>
      {node}
    </Profiler>,
  );
  desk.feed.client.start();
  await vi.waitFor(() => expect(desk.feed.sockets).toHaveLength(1));
  desk.feed.newest().authenticate();
  const atRest = commits.mock.calls.length;
  return { ...desk, commitsSince: () => commits.mock.calls.length - atRest };
}

describe('a live price', () => {
  it('is written into the page without a commit of React', async () => {
    const { feed, commitsSince } = await live(
      <>
        <output aria-label="price">
          <Ltp of={SBIN} fallback={900} />
        </output>
        <DayChange of={SBIN} />
      </>,
    );
    expect(screen.getByLabelText('price')).toHaveTextContent('900.00');
    for (const ltp of [968.3, 970.1]) {
      feed.newest().tick(SBIN, { ltp, close: 960, timestamp: ltp });
      feed.paint();
    }
    expect(screen.getByLabelText('price')).toHaveTextContent('970.10');
    expect(screen.getByText('+1.05%')).toHaveAttribute('data-tone', 'up');
    expect(commitsSince()).toBe(0);
  });

  it('is tinted by the way it moved, for a moment', async () => {
    const { feed } = await live(
      <output aria-label="price">
        <Ltp of={SBIN} fallback={900} />
      </output>,
    );
    const cell = screen.getByLabelText('price').firstElementChild;
    feed.newest().tick(SBIN, { ltp: 890, timestamp: 1 });
    feed.paint();
    expect(cell).toHaveAttribute('data-move', 'down');
    await vi.waitFor(() => expect(cell).not.toHaveAttribute('data-move'), { timeout: 2_000 });
  });

  it('has no colour of a direction while it reads as nothing', async () => {
    const { feed } = await live(<DayChange of={SBIN} />);
    for (const [ltp, text, tone] of [
      [960.01, '0.00%', 'flat'],
      [959.96, '0.00%', 'flat'],
      [961, '+0.10%', 'up'],
    ] as const) {
      feed.newest().tick(SBIN, { ltp, close: 960, timestamp: ltp });
      feed.paint();
      expect(screen.getByText(text)).toHaveAttribute('data-tone', tone);
    }
  });

  it('is a dash while nothing is known of it', async () => {
    await live(
      <output aria-label="price">
        <Ltp of={SBIN} />
      </output>,
    );
    expect(screen.getByLabelText('price')).toHaveTextContent('–');
  });
});

it('adds up many instruments once a frame, and not at all while one is unknown', async () => {
  const total = vi.fn((ltpOf: (ref: typeof SBIN) => number | null) => {
    const prices = [SBIN, TCS].map(ltpOf);
    return prices.includes(null) ? null : prices.reduce((sum: number, one) => sum + (one ?? 0), 0);
  });
  const { feed, commitsSince } = await live(
    <output aria-label="total">
      <LiveTotal of={[SBIN, TCS]} total={total} />
    </output>,
  );
  feed.newest().tick(SBIN, { ltp: 100, timestamp: 1 });
  feed.paint();
  expect(screen.getByLabelText('total')).toHaveTextContent('–');
  total.mockClear();
  feed.newest().tick(SBIN, { ltp: 110, timestamp: 2 });
  feed.newest().tick(TCS, { ltp: 50, timestamp: 2 });
  feed.paint();
  expect(screen.getByLabelText('total')).toHaveTextContent('+160.00');
  expect(total).toHaveBeenCalledTimes(1);
  expect(commitsSince()).toBe(0);
});

describe('an old price', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  it('is greyed with its age, and no longer when the feed speaks of it again', async () => {
    const { feed } = await live(<Ltp of={SBIN} fallback={900} />);
    feed.newest().tick(SBIN, { ltp: 901, timestamp: 1 });
    feed.paint();
    const cell = screen.getByText('901.00');
    vi.advanceTimersByTime(50_000);
    expect(cell).not.toHaveAttribute('data-old');
    vi.advanceTimersByTime(20_000);
    expect(cell.title).toMatch(/^Last tick 1 min ago$/);
    feed.client.quotes.merge(SBIN, { ltp: 901, timestamp: 2 });
    vi.advanceTimersByTime(2_000);
    expect(cell).not.toHaveAttribute('data-old');
    expect(cell).not.toHaveAttribute('title');
  });
  it('says its age in one unit', () => {
    expect([4_200, 61_000, 7_200_000].map(ageText)).toEqual(['4 s', '1 min', '2 h']);
  });
});
