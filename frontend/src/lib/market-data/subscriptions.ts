import { type FeedMode, type InstrumentRef, instrumentKey, Mode } from '@/lib/market-data/protocol';

interface Demand {
  ref: InstrumentRef;
  mode: FeedMode;
  count: number;
}

export interface DemandChange {
  subscribe: Map<FeedMode, InstrumentRef[]>;
  unsubscribe: Map<FeedMode, InstrumentRef[]>;
  /** Instruments whose depth is no longer sent: their touch would only grow old. */
  untouched: string[];
  forgotten: string[];
}

function push(into: Map<FeedMode, InstrumentRef[]>, { mode, ref }: Demand): void {
  const list = into.get(mode);
  if (list) list.push(ref);
  else into.set(mode, [ref]);
}

/** Counts who watches what, and says what the server must be told: the difference between wanted and told. */
export class Subscriptions {
  private readonly wanted = new Map<string, Demand>();
  private readonly told = new Map<string, Demand>();

  add(ref: InstrumentRef, mode: FeedMode): void {
    const key = `${instrumentKey(ref.exchange, ref.symbol)}|${mode}`;
    const demand = this.wanted.get(key);
    if (demand) demand.count += 1;
    else this.wanted.set(key, { ref: { exchange: ref.exchange, symbol: ref.symbol }, mode, count: 1 });
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
      unsubscribe: new Map(),
      untouched: [],
      forgotten: [],
    };
    for (const [key, demand] of this.wanted) {
      if (this.told.has(key)) continue;
      push(change.subscribe, demand);
      this.told.set(key, demand);
    }
    for (const [key, demand] of this.told) {
      if (this.wanted.has(key)) continue;
      push(change.unsubscribe, demand);
      this.told.delete(key);
      const instrument = instrumentKey(demand.ref.exchange, demand.ref.symbol);
      if (demand.mode === Mode.depth) change.untouched.push(instrument);
      if (!this.isWatched(instrument)) change.forgotten.push(instrument);
    }
    return change;
  }
}
