import type { Line, SocketProbe } from '@/features/playground/hooks/socket-probe';

const SHOWN = 200;
const LONGEST = 400;
const ARROWS = { in: '←', out: '→', event: '•' } as const;
const WORDS = { in: 'received', out: 'sent', event: 'event' } as const;
const TONES = { in: '', out: 'text-accent-text', event: 'text-muted italic' } as const;
const ROW = 'flex cursor-pointer gap-2 px-2 py-0.5 hover:bg-hover aria-selected:bg-raised';

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Kolkata',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/**
 * Draws the newest lines into a list, at most once a frame and without React: a tick costs one row, not one render.
 * A paused view stays as it is while the buffer goes on filling.
 */
export class LinePainter {
  private filter = '';
  private isPaused = false;
  private newest = 0;
  private frame = 0;
  private readonly stop: () => void;

  constructor(
    private readonly list: HTMLElement,
    private readonly probe: SocketProbe,
  ) {
    this.stop = probe.onLine(() => this.soon());
    this.repaint();
  }

  end(): void {
    this.stop();
    cancelAnimationFrame(this.frame);
  }

  set(filter: string, isPaused: boolean): void {
    const hasChanged = filter !== this.filter || (this.isPaused && !isPaused);
    this.filter = filter;
    this.isPaused = isPaused;
    if (hasChanged) this.repaint();
  }

  lineOf(row: Element): Line | null {
    const seq = Number(row.getAttribute('data-seq'));
    return this.probe.lines.newest(1, (line) => line.seq === seq)[0] ?? null;
  }

  private readonly passes = (line: Line) =>
    this.filter === '' || line.text.toLowerCase().includes(this.filter);

  private soon(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private repaint(): void {
    this.newest = 0;
    this.list.replaceChildren();
    this.draw();
  }

  private paint(): void {
    if (this.probe.lines.size === 0) this.list.replaceChildren();
    else if (!this.isPaused) this.draw();
  }

  private draw(): void {
    const fresh = this.probe.lines.newest(SHOWN, this.passes, (line) => line.seq <= this.newest);
    const head = this.probe.lines.newest(1, () => true)[0];
    if (head) this.newest = head.seq;
    if (fresh.length === 0) return;
    this.list.prepend(...fresh.map(rowOf));
    while (this.list.childElementCount > SHOWN) this.list.lastElementChild?.remove();
  }
}

function rowOf({ seq, at, kind, text }: Line): HTMLElement {
  const row = document.createElement('div');
  row.id = `line-${seq}`;
  row.setAttribute('role', 'option');
  row.setAttribute('aria-selected', 'false');
  row.dataset.seq = String(seq);
  row.className = ROW;
  const time = document.createElement('span');
  time.className = 'shrink-0 text-muted';
  time.textContent = clock.format(at);
  const arrow = document.createElement('span');
  arrow.className = 'shrink-0';
  arrow.setAttribute('role', 'img');
  arrow.setAttribute('aria-label', WORDS[kind]);
  arrow.textContent = ARROWS[kind];
  const body = document.createElement('span');
  body.className = `min-w-0 truncate ${TONES[kind]}`;
  body.textContent = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  row.append(time, arrow, body);
  return row;
}
