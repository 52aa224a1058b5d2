import { type FeedMode, type InstrumentRef, instrumentKey, Mode } from '@/lib/market-data/protocol';

/** Levels of the book that the server sends when nothing is said. */
export const PLAIN_LEVELS = 5;

interface Demand {
  ref: InstrumentRef;
  mode: FeedMode;
  count: number;
  /** The most that was asked for; it does not shrink before the last watcher has gone. */
  levels: number;
}

export interface DemandChange {
  subscribe: Map<FeedMode, InstrumentRef[]>;
  /** Books that are wanted deeper than plain, by their levels. */
  deepen: Map<number, InstrumentRef[]>;
  unsubscribe: Map<FeedMode, InstrumentRef[]>;
  /** Instruments whose depth is no longer sent: their touch would only grow old. */
  untouched: string[];
  forgotten: string[];
}

function push<K>(into: Map<K, InstrumentRef[]>, key: K, ref: InstrumentRef): void {
  const list = into.get(key);
  if (list) list.push(ref);
  else into.set(key, [ref]);
}

/** Counts who watches what, and says what the server must be told: the difference between wanted and told. */
export class Subscriptions {
  private readonly wanted = new Map<string, Demand>();
  private readonly told = new Map<string, Demand>();

  add({ exchange, symbol }: InstrumentRef, mode: FeedMode, levels = PLAIN_LEVELS): void {
    const key = `${instrumentKey(exchange, symbol)}|${mode}`;
    const demand = this.wanted.get(key);
    if (demand) {
      demand.count += 1;
      demand.levels = Math.max(demand.levels, levels);
    } else this.wanted.set(key, { ref: { exchange, symbol }, mode, count: 1, levels });
  }

  remove(ref: InstrumentRef, mode: FeedMode): void {
    const key = `${instrumentKey(ref.exchange, ref.symbol)}|${mode}`;
    const demand = this.wanted.get(key);
    if (!demand) return;
    demand.count -= 1;
    if (demand.count === 0) this.wanted.delete(key);
  }

  /** A new connection knows nothing: everything wanted must be told again. */
  forgetTold(): void {
    this.told.clear();
  }

  get size(): number {
    return this.wanted.size;
  }

  isWatched(key: string): boolean {
    return [1, 2, 3].some((mode) => this.wanted.has(`${key}|${mode}`));
  }

  takeChange(): DemandChange {
    const change: DemandChange = {
      subscribe: new Map(),
      deepen: new Map(),
      unsubscribe: new Map(),
      untouched: [],
      forgotten: [],
    };
    for (const [key, demand] of this.wanted) {
      if ((this.told.get(key)?.levels ?? 0) >= demand.levels) continue;
      if (demand.levels > PLAIN_LEVELS) push(change.deepen, demand.levels, demand.ref);
      else push(change.subscribe, demand.mode, demand.ref);
      this.told.set(key, { ...demand });
    }
    for (const [key, demand] of this.told) {
      if (this.wanted.has(key)) continue;
      push(change.unsubscribe, demand.mode, demand.ref);
      this.told.delete(key);
      const instrument = instrumentKey(demand.ref.exchange, demand.ref.symbol);
      if (demand.mode === Mode.depth) change.untouched.push(instrument);
      if (!this.isWatched(instrument)) change.forgotten.push(instrument);
    }
    return change;
  }
}
