const FRAME_MS = 16;
/** Bars of which a drawing of the newest costs about a millisecond of the pause that follows it. */
const BARS_PER_MS = 100;

/** While the hand moves the chart, many bars are not gone through more often than this. */
const HELD_MS = 3000;

/**
 * How often the newest bar is drawn. The library goes through every bar of a series for each change of one, so the
 * more bars there are the longer is the pause between two drawings: none up to 1,600 bars, half a second at 50,000, and
 * three seconds where such a chart is being moved, because each drawing would be felt as a jolt.
 */
export class Pace {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastAt = Number.NEGATIVE_INFINITY;
  private waiting: { draw: () => void; bars: number } | null = null;
  private readonly now: () => number;
  /** The hand moves the chart. */
  isHeld = false;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Draws now, or once when the pause is over. */
  soon(draw: () => void, bars: number): void {
    this.waiting ??= { draw, bars };
    if (this.timer === undefined) this.wait();
  }

  hold(): void {
    this.isHeld = true;
    this.waitAnew();
  }

  /** What waited for the hand is drawn as soon as it would have been without. */
  release(): void {
    this.isHeld = false;
    this.waitAnew();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = null;
  }

  private waitAnew(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting) this.wait();
  }

  private wait(): void {
    const rest = this.pause() === 0 ? 0 : this.lastAt + this.pause() - this.now();
    if (rest <= 0) this.run();
    else this.timer = setTimeout(() => this.run(), rest);
  }

  private pause(): number {
    const pause = (this.waiting?.bars ?? 0) / BARS_PER_MS;
    if (pause < FRAME_MS) return 0;
    return this.isHeld ? Math.max(pause, HELD_MS) : pause;
  }

  private run(): void {
    const { waiting } = this;
    this.timer = undefined;
    this.waiting = null;
    this.lastAt = this.now();
    waiting?.draw();
  }
}

/** Holds `pace` while a finger or a pressed button is on `element`, and after a turn of the wheel; answers the undoing. */
export function holdWhileMoved(element: EventTarget, pace: Pace, page: EventTarget = window): () => void {
  let wheel: ReturnType<typeof setTimeout> | undefined;
  const hold = () => pace.hold();
  const release = () => {
    if (pace.isHeld) pace.release();
  };
  const turn = () => {
    pace.hold();
    clearTimeout(wheel);
    wheel = setTimeout(release, 250);
  };
  const over = new AbortController();
  // The chart stops these events at its canvas.
  const early = { capture: true, passive: true, signal: over.signal };
  for (const begin of ['mousedown', 'touchstart']) element.addEventListener(begin, hold, early);
  element.addEventListener('wheel', turn, early);
  for (const end of ['mouseup', 'touchend', 'touchcancel']) page.addEventListener(end, release, early);
  page.addEventListener('blur', release, { signal: over.signal });
  return () => {
    clearTimeout(wheel);
    over.abort();
  };
}
