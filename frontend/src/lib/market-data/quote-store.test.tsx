import { act, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { MarketDataProvider, useLtp, useQuotesValue } from '@/lib/market-data/context';
import { readFrame } from '@/lib/market-data/protocol';
import { pacedFrames, QuoteStore } from '@/lib/market-data/quote-store';
import { fakeFeed } from '@/testing/fake-feed';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const TCS = { symbol: 'TCS', exchange: 'NSE' };

function storeWithFrames() {
  const frames: (() => void)[] = [];
  const store = new QuoteStore((run) => frames.push(run));
  return {
    store,
    frames,
    paint: () => {
      for (const run of frames.splice(0)) run();
    },
  };
}

describe('the quote store', () => {
  it('tells the watchers of an instrument once per frame', () => {
    const { store, frames, paint } = storeWithFrames();
    const sbin = vi.fn();
    const tcs = vi.fn();
    store.subscribe('NSE:SBIN', sbin);
    store.subscribe('NSE:TCS', tcs);
    for (let price = 1; price <= 50; price += 1) store.merge(SBIN, { ltp: price });
    expect(frames).toHaveLength(1);
    expect(sbin).not.toHaveBeenCalled();
    paint();
    expect(sbin).toHaveBeenCalledTimes(1);
    expect(tcs).not.toHaveBeenCalled();
    expect(store.read('NSE:SBIN').ltp).toBe(50);
  });

  it('keeps what a smaller tick does not say', () => {
    const { store } = storeWithFrames();
    store.merge(SBIN, { ltp: 10, close: 9, volume: 500 });
    store.merge(SBIN, { ltp: 11 });
    expect(store.read('NSE:SBIN')).toMatchObject({ ltp: 11, close: 9, volume: 500 });
  });

  it('does not go back in time', () => {
    const { store } = storeWithFrames();
    store.merge(SBIN, { ltp: 11, timestamp: 2000 });
    store.merge(SBIN, { ltp: 10, timestamp: 1000 });
    expect(store.read('NSE:SBIN').ltp).toBe(11);
  });

  it('lets a snapshot fill gaps but never overwrite a tick', () => {
    const { store } = storeWithFrames();
    store.seed(SBIN, { ltp: 9, close: 8 });
    expect(store.read('NSE:SBIN').ltp).toBe(9);
    store.merge(SBIN, { ltp: 11, timestamp: 5 });
    store.seed(SBIN, { ltp: 9, close: 8, volume: 70 });
    expect(store.read('NSE:SBIN')).toMatchObject({ ltp: 11, close: 8, volume: 70 });
  });
});

describe('frames', () => {
  it('ignores what it does not understand', () => {
    for (const text of [
      '',
      'pong',
      '[]',
      '3',
      '{"type":"market_data"}',
      '{"type":"market_data","symbol":"A","exchange":"NSE","data":3}',
    ]) {
      expect(readFrame(text)).toEqual({ kind: 'other' });
    }
  });
  it('drops figures that are not numbers and depth rows that are padding', () => {
    const frame = readFrame(
      JSON.stringify({
        type: 'market_data',
        ...SBIN,
        mode: 3,
        data: {
          ltp: 'x',
          oi: null,
          depth: {
            buy: [
              { price: 0, quantity: 0 },
              { price: 5, quantity: 1 },
            ],
            sell: null,
          },
        },
      }),
    );
    expect(frame).toEqual({
      kind: 'tick',
      ref: SBIN,
      change: { buy: [{ price: 5, quantity: 1, orders: null }], sell: [], bid: 5, ask: null },
    });
  });
  it('names the instruments a subscription was refused for', () => {
    const text = JSON.stringify({
      type: 'subscribe',
      status: 'partial',
      subscriptions: [
        { ...SBIN, status: 'error', message: 'unknown' },
        { ...TCS, status: 'success' },
      ],
    });
    expect(readFrame(text)).toEqual([{ kind: 'refused', ref: SBIN, message: 'unknown' }]);
  });
});

describe('cells', () => {
  it('renders only the cell whose price changed', () => {
    const feed = fakeFeed();
    const renders: Record<string, number> = { SBIN: 0, TCS: 0, table: 0 };
    function Cell({ of }: { of: typeof SBIN }) {
      renders[of.symbol] = (renders[of.symbol] ?? 0) + 1;
      return <span data-testid={of.symbol}>{useLtp(of)}</span>;
    }
    function Table() {
      renders.table = (renders.table ?? 0) + 1;
      return (
        <>
          <Cell of={SBIN} />
          <Cell of={TCS} />
        </>
      );
    }
    render(
      <MarketDataProvider value={feed.client}>
        <Table />
      </MarketDataProvider>,
    );
    act(() => {
      feed.client.quotes.merge(SBIN, { ltp: 968.3 });
      feed.paint();
    });
    expect(screen.getByTestId('SBIN')).toHaveTextContent('968.3');
    expect(renders).toEqual({ SBIN: 2, TCS: 1, table: 1 });
    act(() => {
      feed.client.quotes.merge(SBIN, { ltp: 968.3, volume: 12 });
      feed.paint();
    });
    expect(renders.SBIN).toBe(2);
  });

  it('adds up live prices and says nothing while one is missing', () => {
    const feed = fakeFeed();
    function Total() {
      const sum = useQuotesValue([SBIN, TCS], (ltpOf) => {
        const prices = [SBIN, TCS].map(ltpOf);
        return prices.includes(null)
          ? null
          : prices.reduce<number>((total, price) => total + (price ?? 0), 0);
      });
      return <span data-testid="total">{sum ?? 'unknown'}</span>;
    }
    render(
      <MarketDataProvider value={feed.client}>
        <Total />
      </MarketDataProvider>,
    );
    const put = (ref: typeof SBIN, ltp: number) =>
      act(() => {
        feed.client.quotes.merge(ref, { ltp });
        feed.paint();
      });
    put(SBIN, 1);
    expect(screen.getByTestId('total')).toHaveTextContent('unknown');
    put(TCS, 2);
    expect(screen.getByTestId('total')).toHaveTextContent('3');
  });
});

it('paints prices in a frame, and not in every frame', () => {
  const frames: ((now: number) => void)[] = [];
  const ran: number[] = [];
  let now = 0;
  const request = pacedFrames(30, (run) => frames.push(run));
  const ask = () => request(() => ran.push(now));
  const pass = () => {
    now += 16;
    for (const run of frames.splice(0)) run(now);
  };
  ask();
  pass();
  ask();
  pass();
  pass();
  expect(ran).toEqual([16, 48]);
  for (let idle = 0; idle < 5; idle += 1) pass();
  ask();
  pass();
  expect(ran).toEqual([16, 48, 144]);
});
