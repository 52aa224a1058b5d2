import { RateMeter } from '@/features/playground/model/rate';
import { RingBuffer } from '@/features/playground/model/ring-buffer';
import { explainClose, withoutSecrets } from '@/features/playground/model/ws-messages';
import { messageOf } from '@/lib/api/errors';
import type { FeedSocket } from '@/lib/market-data/client';
import { t } from '@/messages/words';

export interface Line {
  seq: number;
  /** Epoch ms. */
  at: number;
  kind: 'in' | 'out' | 'event';
  text: string;
}

export type ProbeState = 'closed' | 'connecting' | 'open';

/** Where to connect, and the first message to send there. */
export interface Dial {
  url: string;
  greeting: object | null;
}

const KEPT = 1000;

/**
 * One socket of the tester. Its messages go to a bounded buffer that a view reads when it paints;
 * React hears of a change of state alone.
 */
export class SocketProbe {
  readonly lines = new RingBuffer<Line>(KEPT);
  readonly rate = new RateMeter();
  received = 0;
  private state: ProbeState = 'closed';
  private socket: FeedSocket | null = null;
  private attempt = 0;
  private seq = 0;
  private readonly watchers = new Set<() => void>();
  private readonly painters = new Set<() => void>();

  constructor(
    private readonly openSocket: (url: string) => FeedSocket,
    private readonly now: () => number = Date.now,
  ) {}

  readState = (): ProbeState => this.state;

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Called for every line; a painter only notes that there is something to paint. */
  onLine(painter: () => void): () => void {
    this.painters.add(painter);
    return () => this.painters.delete(painter);
  }

  async connect(dial: () => Promise<Dial>): Promise<void> {
    this.disconnect();
    this.attempt += 1;
    const attempt = this.attempt;
    this.setState('connecting');
    try {
      const { url, greeting } = await dial();
      if (attempt === this.attempt) this.open(url, greeting);
    } catch (error) {
      if (attempt !== this.attempt) return;
      this.add('event', t('Not connected: {{reason}}', { reason: messageOf(error) }));
      this.setState('closed');
    }
  }

  disconnect(): void {
    this.attempt += 1;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      this.add('event', explainClose(1000, t('disconnected here')));
    }
    this.setState('closed');
  }

  /** Sends text as it is; what is kept of it has no secrets. */
  send(text: string): void {
    if (!this.socket || this.state !== 'open') return;
    this.socket.send(text);
    this.add('out', withoutSecrets(text));
  }

  clear(): void {
    this.lines.clear();
    this.received = 0;
    for (const paint of this.painters) paint();
  }

  private open(url: string, greeting: object | null): void {
    const socket = this.openSocket(url);
    this.socket = socket;
    this.add('event', t('Connecting to {{url}}', { url }));
    socket.onopen = () => {
      this.setState('open');
      this.add('event', t('Open', { context: 'line' }));
      if (greeting) this.send(JSON.stringify(greeting));
    };
    socket.onmessage = ({ data }) => {
      this.received += 1;
      this.rate.count(this.now());
      this.add('in', typeof data === 'string' ? data : '(a binary frame)');
    };
    socket.onclose = ({ code, reason }) => {
      this.socket = null;
      this.add('event', explainClose(code, reason));
      this.setState('closed');
    };
  }

  private add(kind: Line['kind'], text: string): void {
    this.seq += 1;
    this.lines.push({ seq: this.seq, at: this.now(), kind, text });
    for (const paint of this.painters) paint();
  }

  private setState(state: ProbeState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}
