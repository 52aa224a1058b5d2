import { type InstrumentRef, instrumentKey, type Quote } from '@/lib/market-data/protocol';

export const UNKNOWN_QUOTE: Quote = Object.freeze({
  ltp: null,
  timestamp: null,
  open: null,
  high: null,
  low: null,
  close: null,
  volume: null,
  oi: null,
  bid: null,
  ask: null,
  buy: [],
  sell: [],
});

type Listener = () => void;

/** Shortest time between two paints of prices, ms: nobody reads faster, and half the frames stay free for the hand. */
const PAINT_GAP_MS = 30;

/** Runs work in an animation frame, never sooner than `gap` ms after the work before it. */
export function pacedFrames(
  gap: number,
  frame: (run: (now: number) => void) => number = (run) => requestAnimationFrame(run),
): (run: () => void) => number {
  let last = Number.NEGATIVE_INFINITY;
  return (run) => {
    const tryAt = (now: number) => {
      // Half a frame early is on time: the next one would be half a frame late.
      if (now - last < gap - 8) {
        frame(tryAt);
        return;
      }
      last = now;
      run();
    };
    return frame(tryAt);
  };
}

/**
 * The last quote of every instrument, outside React.
 *
 * Ticks are merged at once and listeners of the touched instruments are told in one animation frame, so a burst
 * costs one paint and no component but the touched cells is rendered. Memory is bounded by the instruments watched.
 */
export class QuoteStore {
  private readonly quotes = new Map<string, Quote>();
  /** When the feed last spoke of an instrument, epoch ms. */
  private readonly fromFeed = new Map<string, number>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly touched = new Set<string>();
  private frame: number | null = null;
  private readonly requestFrame: (run: () => void) => number;

  constructor(requestFrame: (run: () => void) => number = pacedFrames(PAINT_GAP_MS)) {
    this.requestFrame = requestFrame;
  }

  read(key: string): Quote {
    return this.quotes.get(key) ?? UNKNOWN_QUOTE;
  }

  /** When the feed last spoke of an instrument, epoch ms; `null` when it never did. */
  heardAt(key: string): number | null {
    return this.fromFeed.get(key) ?? null;
  }

  /** A tick of the feed. */
  merge(ref: InstrumentRef, change: Partial<Quote>): void {
    const key = instrumentKey(ref.exchange, ref.symbol);
    const known = this.read(key);
    const isOlder = change.timestamp != null && known.timestamp != null && change.timestamp < known.timestamp;
    if (isOlder && this.fromFeed.has(key)) return;
    this.fromFeed.set(key, Date.now());
    this.put(key, { ...known, ...change });
  }

  /** A snapshot over REST: fills what the feed has not said yet, never overwrites what it has. */
  seed(ref: InstrumentRef, snapshot: Partial<Quote>): void {
    const key = instrumentKey(ref.exchange, ref.symbol);
    const known = this.quotes.get(key);
    if (!known || !this.fromFeed.has(key)) {
      this.put(key, { ...UNKNOWN_QUOTE, ...known, ...snapshot });
      return;
    }
    const filled = { ...known };
    for (const [field, value] of Object.entries(snapshot) as [keyof Quote, never][]) {
      if (filled[field] === null) filled[field] = value;
    }
    if (known.buy.length === 0 && known.sell.length === 0)
      Object.assign(filled, { buy: snapshot.buy ?? known.buy, sell: snapshot.sell ?? known.sell });
    this.put(key, filled);
  }

  subscribe(key: string, listener: Listener): () => void {
    let set = this.listeners.get(key);
    if (!set) {
      set = new Set();
      this.listeners.set(key, set);
    }
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.listeners.get(key) === set) this.listeners.delete(key);
    };
  }

  /** Bid, ask and depth come from the depth stream alone; without it they are unknown again. */
  dropTouch(key: string): void {
    const quote = this.quotes.get(key);
    if (quote) this.put(key, { ...quote, bid: null, ask: null, buy: [], sell: [] });
  }

  /** Nobody watches the instrument any more: its price would only grow old. */
  forget(key: string): void {
    this.quotes.delete(key);
    this.fromFeed.delete(key);
  }

  clear(): void {
    for (const key of this.quotes.keys()) this.touched.add(key);
    this.quotes.clear();
    this.fromFeed.clear();
    this.schedule();
  }

  private put(key: string, quote: Quote): void {
    this.quotes.set(key, quote);
    this.touched.add(key);
    this.schedule();
  }

  private schedule(): void {
    if (this.frame !== null) return;
    this.frame = this.requestFrame(() => this.flush());
  }

  private flush(): void {
    this.frame = null;
    // A set, because one listener may watch many instruments (a total) and is told once.
    const due = new Set<Listener>();
    for (const key of this.touched) {
      for (const listener of this.listeners.get(key) ?? []) due.add(listener);
    }
    this.touched.clear();
    for (const listener of due) listener();
  }
}
