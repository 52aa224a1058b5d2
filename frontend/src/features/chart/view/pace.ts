const FRAME_MS = 16;
/** Bars of which a drawing of the newest costs about a millisecond of the pause that follows it. */
const BARS_PER_MS = 100;

/**
 * How often the newest bar is drawn. The library goes through every bar of a series for each change of one, so the
 * more bars there are the longer is the pause between two drawings: none up to 1,600 bars, half a second at 50,000.
 */
export class Pace {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastAt = Number.NEGATIVE_INFINITY;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Draws now, or once when the pause is over. */
  soon(draw: () => void, bars: number): void {
    if (this.timer !== undefined) return;
    const pause = bars / BARS_PER_MS;
    const rest = pause < FRAME_MS ? 0 : this.lastAt + pause - this.now();
    const run = () => {
      this.timer = undefined;
      this.lastAt = this.now();
      draw();
    };
    if (rest <= 0) run();
    else this.timer = setTimeout(run, rest);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
