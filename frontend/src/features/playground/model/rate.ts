const BUCKETS = 10;
const BUCKET_MS = 100;

/** Events of the last second, counted in tenths so that a burst fades smoothly. */
export class RateMeter {
  private readonly counts = new Array<number>(BUCKETS).fill(0);
  private tenth = 0;

  count(now: number): void {
    this.advance(now);
    const slot = this.tenth % BUCKETS;
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  perSecond(now: number): number {
    this.advance(now);
    return this.counts.reduce((sum, one) => sum + one, 0);
  }

  private advance(now: number): void {
    const tenth = Math.floor(now / BUCKET_MS);
    const steps = Math.min(BUCKETS, tenth - this.tenth);
    for (let step = 1; step <= steps; step += 1) this.counts[(tenth - steps + step) % BUCKETS] = 0;
    this.tenth = Math.max(tenth, this.tenth);
  }
}
