import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFeedFresh } from '@/lib/market-data/client';
import { Mode } from '@/lib/market-data/protocol';
import { fakeFeed } from '@/testing/fake-feed';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const TCS = { symbol: 'TCS', exchange: 'NSE' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function connected() {
  const feed = fakeFeed();
  feed.client.start();
  await vi.advanceTimersByTimeAsync(0);
  feed.newest().authenticate();
  return feed;
}

describe('the connection', () => {
  it('authenticates with a ticket and then is live', async () => {
    const feed = await connected();
    expect(feed.newest().sent[0]).toEqual({ action: 'authenticate', ticket: 'ticket-1' });
    expect(feed.client.readStatus().connection).toBe('live');
    expect(isFeedFresh(feed.client.readStatus())).toBe(true);
  });

  it('redials with a growing pause and a fresh ticket each time', async () => {
    const feed = await connected();
    feed.newest().drop();
    expect(feed.client.readStatus()).toMatchObject({ connection: 'waiting', attempts: 1 });
    expect(isFeedFresh(feed.client.readStatus())).toBe(false);
    await vi.advanceTimersByTimeAsync(249);
    expect(feed.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(feed.sockets).toHaveLength(2);
    feed.newest().drop();
    await vi.advanceTimersByTimeAsync(499);
    expect(feed.sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(feed.sockets).toHaveLength(3);
    expect(feed.tickets).toEqual(['ticket-1', 'ticket-2', 'ticket-3']);
  });

  it('replays what is still wanted after a reconnect', async () => {
    const feed = await connected();
    feed.client.acquire(SBIN, Mode.quote);
    const releaseTcs = feed.client.acquire(TCS, Mode.quote);
    await vi.advanceTimersByTimeAsync(100);
    releaseTcs();
    feed.newest().drop();
    await vi.advanceTimersByTimeAsync(2_000);
    feed.newest().authenticate();
    expect(feed.newest().sentActions('subscribe')).toEqual([
      { action: 'subscribe', mode: 2, symbols: [SBIN] },
    ]);
  });

  it('gives up a socket that never answers', async () => {
    const feed = fakeFeed();
    feed.client.start();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(feed.sockets[0]?.isClosed).toBe(true);
    expect(feed.client.readStatus().reason).toBe('the feed did not answer in time');
  });

  it('gives up a connection that fell silent, and measures one that answers', async () => {
    const feed = await connected();
    feed.newest().receive({ type: 'pong', client_timestamp: Date.now() - 12 });
    expect(feed.client.readStatus().latencyMs).toBe(12);
    await vi.advanceTimersByTimeAsync(10_000 + 8_000);
    expect(feed.client.readStatus().reason).toBe('the feed fell silent');
  });

  it('asks for a new ticket when the old one was refused', async () => {
    const feed = fakeFeed();
    feed.client.start();
    await vi.advanceTimersByTimeAsync(0);
    feed.newest().open();
    feed.newest().receive({ status: 'error', code: 'AUTHENTICATION_ERROR', message: 'Invalid ticket' });
    expect(feed.client.readStatus()).toMatchObject({ connection: 'waiting', reason: 'Invalid ticket' });
    await vi.advanceTimersByTimeAsync(500);
    expect(feed.tickets).toHaveLength(2);
  });

  it('stays off after stop, whatever was under way', async () => {
    const feed = fakeFeed();
    feed.client.start();
    feed.client.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(feed.sockets).toHaveLength(0);
    expect(feed.client.readStatus().connection).toBe('off');
  });

  it('does not trust prices while the broker feed is down', async () => {
    const feed = await connected();
    feed.client.reportUpstream('stale', 'no ticks for 30 s');
    expect(isFeedFresh(feed.client.readStatus())).toBe(false);
    feed.client.reportUpstream('live', null);
    expect(isFeedFresh(feed.client.readStatus())).toBe(true);
    feed.client.reportUpstream('unreachable', 'The streaming process cannot be reached');
    expect(isFeedFresh(feed.client.readStatus())).toBe(false);
    feed.client.reportUpstream('idle', null);
    expect(isFeedFresh(feed.client.readStatus())).toBe(true);
  });

  it('keeps what the server said of the broker feed while it dials anew', async () => {
    const feed = await connected();
    feed.client.reportUpstream('stale', 'no ticks for 30 s');
    feed.newest().drop();
    await vi.advanceTimersByTimeAsync(2_000);
    feed.newest().authenticate();
    expect(feed.client.readStatus()).toMatchObject({
      connection: 'live',
      upstream: 'stale',
      upstreamReason: 'no ticks for 30 s',
    });
    feed.client.restart();
    expect(feed.client.readStatus().upstream).toBe('stale');
  });
});

describe('subscriptions', () => {
  it('asks once however many cells watch, and lets go after the last', async () => {
    const feed = await connected();
    const first = feed.client.acquire(SBIN, Mode.quote);
    const second = feed.client.acquire(SBIN, Mode.quote);
    await vi.advanceTimersByTimeAsync(100);
    first();
    first();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(feed.newest().sentActions('subscribe')).toHaveLength(1);
    expect(feed.newest().sentActions('unsubscribe')).toHaveLength(0);
    second();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(feed.newest().sentActions('unsubscribe')).toEqual([
      { action: 'unsubscribe', symbols: [{ ...SBIN, mode: 2 }] },
    ]);
  });

  it('sends one message for a whole table', async () => {
    const feed = await connected();
    for (let row = 0; row < 300; row += 1)
      feed.client.acquire({ symbol: `S${row}`, exchange: 'NSE' }, Mode.quote);
    await vi.advanceTimersByTimeAsync(100);
    const messages = feed.newest().sentActions('subscribe');
    expect(messages).toHaveLength(1);
    expect(messages[0]?.symbols).toHaveLength(300);
  });

  it('survives a row that scrolls out and back without a word to the server', async () => {
    const feed = await connected();
    const release = feed.client.acquire(SBIN, Mode.quote);
    await vi.advanceTimersByTimeAsync(100);
    release();
    feed.client.acquire(SBIN, Mode.quote);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(feed.newest().sent.filter((message) => message.action === 'unsubscribe')).toEqual([]);
    expect(feed.newest().sentActions('subscribe')).toHaveLength(1);
  });

  it('asks again for everything on replay', async () => {
    const feed = await connected();
    feed.client.acquire(SBIN, Mode.quote);
    await vi.advanceTimersByTimeAsync(100);
    feed.client.replay();
    expect(feed.newest().sentActions('subscribe')).toHaveLength(2);
  });

  it('forgets bid and ask with the last depth watcher', async () => {
    const feed = await connected();
    feed.client.acquire(SBIN, Mode.quote);
    const release = feed.client.acquire(SBIN, Mode.depth);
    await vi.advanceTimersByTimeAsync(100);
    feed
      .newest()
      .tick(SBIN, { ltp: 968, depth: { buy: [{ price: 967.95, quantity: 10, orders: 1 }], sell: [] } }, 3);
    expect(feed.client.quotes.read('NSE:SBIN')).toMatchObject({ ltp: 968, bid: 967.95, ask: null });
    release();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(feed.client.quotes.read('NSE:SBIN')).toMatchObject({ ltp: 968, bid: null, buy: [] });
  });
});

describe('a deeper book', () => {
  it('is asked for once somebody wants it, and not given up for one who wants less', async () => {
    const feed = await connected();
    feed.client.acquire(SBIN, Mode.depth);
    await vi.advanceTimersByTimeAsync(100);
    const release = feed.client.acquire(SBIN, Mode.depth, 20);
    await vi.advanceTimersByTimeAsync(100);
    release();
    feed.client.acquire(SBIN, Mode.depth);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(feed.newest().sentActions('subscribe')).toEqual([
      { action: 'subscribe', mode: 3, symbols: [SBIN] },
      { action: 'subscribe', mode: 3, symbols: [SBIN], depth: 20 },
    ]);
    expect(feed.newest().sentActions('unsubscribe')).toEqual([]);
  });
});
