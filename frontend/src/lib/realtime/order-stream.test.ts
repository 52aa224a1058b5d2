import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followOrders } from '@/lib/realtime/order-stream';

/** The stream as the server keeps it, and a line that loses what it is told to and takes its time. */
function server() {
  const kept: number[] = [];
  const heard: number[] = [];
  const asked: (number | null)[] = [];
  const state = { gaps: 0, floor: 0, isDeaf: false };
  const line: (() => void)[] = [];
  const stream = followOrders(
    ({ after }, answer) => {
      asked.push(after);
      line.push(() => {
        if (state.isDeaf) return answer(undefined);
        const head = kept.at(-1) ?? 100;
        if (after !== null && after < state.floor) return answer({ status: 'success', seq: head, gap: true });
        const missed = after === null ? [] : kept.filter((seq) => seq > after);
        for (const seq of missed) deliver(seq, true);
        return answer({ status: 'success', seq: after === null ? head : Math.max(after, head), gap: false });
      });
    },
    () => {
      state.gaps += 1;
    },
  );
  const deliver = (seq: number, replayed = false) => {
    if (stream.hear(replayed ? { seq, replayed } : { seq })) heard.push(seq);
  };
  const flow = () => {
    for (let next = line.shift(); next; next = line.shift()) next();
  };
  const tell = (isLost = false, jump = 1) => {
    const seq = (kept.at(-1) ?? 100) + jump;
    kept.push(seq);
    if (!isLost) line.push(() => deliver(seq));
  };
  const cut = () => {
    line.length = 0;
    stream.pause();
  };
  return { stream, tell, deliver, flow, cut, kept, heard, asked, state };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('begins with what comes, and goes on behind the last number after the line was down', () => {
  const desk = server();
  desk.tell(true);
  desk.stream.begin();
  desk.flow();
  desk.tell();
  desk.tell();
  desk.flow();
  desk.cut();
  desk.tell(true);
  desk.tell(true);
  desk.stream.begin();
  desk.tell();
  desk.flow();
  expect(desk.asked).toEqual([null, 103]);
  expect(desk.heard).toEqual([102, 103, 104, 105, 106]);
  expect(desk.state.gaps).toBe(0);
});

it('takes an update that comes again for no news', () => {
  const desk = server();
  desk.stream.begin();
  desk.flow();
  desk.tell();
  desk.tell();
  desk.flow();
  for (const seq of [101, 102, 101]) desk.deliver(seq);
  expect(desk.heard).toEqual([101, 102]);
});

it('asks for what a line that stayed up has lost, and hears it in order', () => {
  const desk = server();
  desk.stream.begin();
  desk.flow();
  desk.tell();
  desk.tell(true);
  desk.tell();
  desk.tell(); // on its way before the server hears the question
  desk.flow();
  expect(desk.asked).toEqual([null, 101]);
  expect(desk.heard).toEqual([101, 102, 103, 104]);
});

it('asks once about the jump that a restart of the server makes', () => {
  const desk = server();
  desk.stream.begin();
  desk.flow();
  desk.tell();
  desk.tell(false, 5_000);
  desk.tell();
  desk.flow();
  desk.tell();
  desk.flow();
  expect(desk.asked).toEqual([null, 101]);
  expect(desk.heard).toEqual(desk.kept);
});

it('reads the book when what it missed is no longer kept, once, and then follows again', () => {
  const desk = server();
  desk.stream.begin();
  desk.flow();
  desk.tell();
  desk.flow();
  desk.cut();
  for (let count = 0; count < 5; count += 1) desk.tell(true);
  desk.state.floor = 104;
  desk.stream.begin();
  desk.flow();
  expect(desk.state.gaps).toBe(1);
  desk.tell();
  desk.flow();
  expect(desk.heard).toEqual([101, 107]);
});

it('reads the book and asks again while nothing is answered', () => {
  const desk = server();
  desk.stream.begin();
  desk.flow();
  desk.tell();
  desk.flow();
  desk.cut();
  desk.tell(true);
  desk.state.isDeaf = true;
  desk.stream.begin();
  desk.flow();
  expect(desk.state.gaps).toBe(1);
  desk.state.isDeaf = false;
  vi.advanceTimersByTime(5_000);
  desk.flow();
  expect(desk.asked).toEqual([null, 101, 101]);
  expect(desk.heard).toEqual([101, 102]);
});

it('hears everything once and in order however often the line breaks and whatever it loses', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed;
    const dice = () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state / 2147483648;
    };
    const desk = server();
    desk.stream.begin();
    desk.flow();
    for (let step = 0; step < 60; step += 1) {
      const act = dice();
      if (act < 0.15) {
        desk.cut();
        desk.tell(true);
        desk.stream.begin();
      } else if (act < 0.4) desk.flow();
      else desk.tell(dice() < 0.2, dice() < 0.1 ? 1_000 : 1);
    }
    desk.cut();
    desk.stream.begin();
    desk.flow();
    expect(desk.heard).toEqual(desk.kept);
    expect(desk.state.gaps).toBe(0);
  }
});
