/** Keeps the newest `capacity` items; what is older is dropped and counted. */
export class RingBuffer<T> {
  private readonly items: (T | undefined)[];
  private start = 0;
  private held = 0;
  dropped = 0;

  constructor(readonly capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError('capacity must be a positive integer');
    this.items = new Array<T | undefined>(capacity);
  }

  get size(): number {
    return this.held;
  }

  push(item: T): void {
    this.items[(this.start + this.held) % this.capacity] = item;
    if (this.held < this.capacity) this.held += 1;
    else {
      this.start = (this.start + 1) % this.capacity;
      this.dropped += 1;
    }
  }

  clear(): void {
    this.items.fill(undefined);
    this.start = 0;
    this.held = 0;
    this.dropped = 0;
  }

  /** Up to `limit` items that pass, newest first. Stops at the first for which `until` is true. */
  newest(limit: number, passes: (item: T) => boolean, until: (item: T) => boolean = () => false): T[] {
    const found: T[] = [];
    for (let back = this.held - 1; back >= 0 && found.length < limit; back -= 1) {
      const item = this.items[(this.start + back) % this.capacity] as T;
      if (until(item)) break;
      if (passes(item)) found.push(item);
    }
    return found;
  }
}
