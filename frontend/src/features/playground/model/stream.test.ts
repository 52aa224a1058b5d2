import { describe, expect, it } from 'vitest';
import { SocketProbe } from '@/features/playground/hooks/socket-probe';
import { RateMeter } from '@/features/playground/model/rate';
import { RingBuffer } from '@/features/playground/model/ring-buffer';
import {
  explainClose,
  needsKey,
  TEMPLATES,
  withKey,
  withoutSecrets,
} from '@/features/playground/model/ws-messages';
import { FakeSocket } from '@/testing/fake-feed';

const all = () => true;

describe('the ring buffer', () => {
  it('keeps the newest and counts what it dropped', () => {
    const ring = new RingBuffer<number>(3);
    for (const one of [1, 2, 3, 4, 5]) ring.push(one);
    expect(ring.newest(9, all)).toEqual([5, 4, 3]);
    expect(ring.dropped).toBe(2);
    expect(ring.size).toBe(3);
  });

  it('filters, limits and stops at what is known', () => {
    const ring = new RingBuffer<number>(10);
    for (let one = 1; one <= 10; one += 1) ring.push(one);
    expect(ring.newest(2, (one) => one % 2 === 0)).toEqual([10, 8]);
    expect(ring.newest(9, all, (one) => one <= 7)).toEqual([10, 9, 8]);
  });

  it('is empty after a clearing, and has a size', () => {
    const ring = new RingBuffer<number>(2);
    ring.push(1);
    ring.clear();
    ring.push(2);
    expect(ring.newest(9, all)).toEqual([2]);
    expect(() => new RingBuffer(0)).toThrow(RangeError);
  });
});

describe('the rate', () => {
  it('counts one second and forgets it', () => {
    const meter = new RateMeter();
    for (let at = 5000; at < 5500; at += 50) meter.count(at);
    expect(meter.perSecond(5500)).toBe(10);
    expect(meter.perSecond(6200)).toBe(4);
    expect(meter.perSecond(60_000)).toBe(0);
  });
});

describe('messages', () => {
  it('carry the chosen instrument and are verbs of the protocol', () => {
    const made = TEMPLATES.map(
      ({ message }) => message({ symbol: 'SBIN', exchange: 'NSE' }) as Record<string, unknown>,
    );
    expect(made.every((one) => typeof one.action === 'string')).toBe(true);
    expect(
      made
        .filter((one) => one.symbols)
        .every((one) => JSON.stringify(one.symbols) === '[{"symbol":"SBIN","exchange":"NSE"}]'),
    ).toBe(true);
  });

  it('get the key when they leave and lose it when they are kept', () => {
    const typed = '{"action":"authenticate","api_key":"YOUR_API_KEY"}';
    expect(needsKey(typed)).toBe(true);
    expect(withKey(typed, 'a"b')).toBe('{"action":"authenticate","api_key":"a\\"b"}');
    expect(withoutSecrets('{"api_key" : "abc","ticket":"t","symbol":"SBIN"}')).toBe(
      '{"api_key" : "••••","ticket":"••••","symbol":"SBIN"}',
    );
    expect(withoutSecrets(withKey(typed, 'a"b'))).not.toContain('a\\"b');
  });

  it('explain why a socket closed', () => {
    expect(explainClose(4401, 'auth timeout')).toMatch(/^4401 · auth timeout: Not authenticated/);
    expect(explainClose(4999, '')).toBe('4999: A code without a fixed meaning.');
  });
});

describe('a socket under test', () => {
  function probe() {
    const socket = new FakeSocket();
    const tested = new SocketProbe(
      () => socket,
      () => 1000,
    );
    const texts = () => tested.lines.newest(99, all).map(({ text }) => text);
    return { socket, tested, texts };
  }
  const dial = async () => ({ url: 'ws://feed.test', greeting: { action: 'authenticate', ticket: 'once' } });

  it('signs in when it opens, without keeping the ticket', async () => {
    const { socket, tested, texts } = probe();
    await tested.connect(dial);
    expect(tested.readState()).toBe('connecting');
    socket.open();
    expect(tested.readState()).toBe('open');
    expect(socket.sent).toEqual([{ action: 'authenticate', ticket: 'once' }]);
    expect(texts().join()).not.toContain('once');
  });

  it('tells its state once and its lines each', async () => {
    const { socket, tested } = probe();
    let states = 0;
    let lines = 0;
    tested.watch(() => {
      states += 1;
    });
    tested.onLine(() => {
      lines += 1;
    });
    await tested.connect(dial);
    socket.open();
    const before = lines;
    for (let one = 0; one < 50; one += 1) socket.receive({ type: 'market_data' });
    expect(states).toBe(2);
    expect(lines - before).toBe(50);
    expect(tested.received).toBe(50);
  });

  it('is closed when the server says so, with its reason', async () => {
    const { socket, tested, texts } = probe();
    await tested.connect(dial);
    socket.open();
    socket.onclose?.({ code: 1013, reason: 'slow' } as CloseEvent);
    expect(tested.readState()).toBe('closed');
    expect(texts()[0]).toMatch(/^1013 · slow/);
  });

  it('stays closed when it was disconnected while it asked for its ticket', async () => {
    const { tested, texts } = probe();
    let answer: (dial: { url: string; greeting: null }) => void = () => {};
    const connecting = tested.connect(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    tested.disconnect();
    answer({ url: 'ws://feed.test', greeting: null });
    await connecting;
    expect(tested.readState()).toBe('closed');
    expect(texts()).toEqual([]);
  });
});
