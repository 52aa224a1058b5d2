import {
  type FeedMode,
  type Frame,
  type InstrumentRef,
  Mode,
  messages,
  readFrame,
} from '@/lib/market-data/protocol';
import { QuoteStore } from '@/lib/market-data/quote-store';
import { Subscriptions } from '@/lib/market-data/subscriptions';
import { t } from '@/messages/words';

export type ConnectionState = 'off' | 'connecting' | 'authenticating' | 'live' | 'waiting';

/** What the status bar shows. `latencyMs` is one JSON ping there and back. */
export interface FeedStatus {
  connection: ConnectionState;
  /** State of the broker's own feed as the server reports it; `null` while nothing was said. */
  upstream: string | null;
  upstreamReason: string | null;
  /** When that state began, epoch ms. */
  upstreamSince: number | null;
  reason: string | null;
  attempts: number;
  latencyMs: number | null;
}

export interface FeedSocket {
  send(text: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

export interface ClientParts {
  fetchTicket: () => Promise<{ ticket: string; ws_url: string }>;
  openSocket: (url: string) => FeedSocket;
  quotes?: QuoteStore;
  now?: () => number;
  random?: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;
const AUTH_DEADLINE_MS = 8_000;
const PING_EVERY_MS = 10_000;
const PONG_DEADLINE_MS = 8_000;
const SETTLE_MS = 40;
const LINGER_MS = 1_500;
const PER_MESSAGE = 500;

const OFF = { connection: 'off', reason: null, attempts: 0, latencyMs: null } as const;

/** What the server says of a feed that is not known to be down; `idle`: nothing was asked of it yet. */
const SOUND = ['live', 'idle'];

/** Prices may be trusted: our socket is authenticated and the broker's feed is not known to be down. */
export function isFeedFresh(status: FeedStatus): boolean {
  return status.connection === 'live' && (status.upstream === null || SOUND.includes(status.upstream));
}

/**
 * One WebSocket for the whole desk, with counted subscriptions.
 *
 * A lost connection is redialled with exponential back-off and jitter; each dial asks for a fresh single-use
 * ticket, and every subscription still wanted is replayed.
 */
export class MarketDataClient {
  readonly quotes: QuoteStore;
  private readonly parts: Required<Pick<ClientParts, 'fetchTicket' | 'openSocket' | 'now' | 'random'>>;
  private readonly subscriptions = new Subscriptions();
  private readonly watchers = new Set<() => void>();
  private status: FeedStatus = { ...OFF, upstream: null, upstreamReason: null, upstreamSince: null };
  private socket: FeedSocket | null = null;
  private lastTickAt: number | null = null;
  private dial = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private settle: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ClientParts) {
    this.parts = { now: () => Date.now(), random: () => Math.random(), ...parts };
    this.quotes = parts.quotes ?? new QuoteStore();
  }

  start(): void {
    if (this.status.connection === 'off') void this.connect();
  }

  /** What the server said of the broker's feed stays: it speaks again when that changes, not when we dial anew. */
  stop(): void {
    this.dial += 1;
    clearTimeout(this.retry);
    this.dropSocket();
    this.subscriptions.forgetTold();
    this.quotes.clear();
    this.lastTickAt = null;
    this.setStatus(OFF);
  }

  /** Another account or mode: the server must be asked again with a new ticket. */
  restart(): void {
    this.stop();
    this.start();
  }

  /** Skip the back-off, as when the browser says it is online again. */
  hurry(): void {
    if (this.status.connection !== 'waiting') return;
    clearTimeout(this.retry);
    void this.connect();
  }

  readStatus = (): FeedStatus => this.status;

  /** When a tick last arrived, epoch ms; read by a clock, because it changes with every tick. */
  readLastTickAt(): number | null {
    return this.lastTickAt;
  }

  watchStatus = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  reportUpstream(state: string, reason: string | null, since: number | null = null): void {
    this.setStatus({ upstream: state, upstreamReason: reason, upstreamSince: since });
  }

  /** Ask again for everything wanted: what the server refused before, it may know now. */
  replay(): void {
    this.tellServer();
    this.subscriptions.forgetTold();
    this.tellServer();
  }

  /**
   * Ask for ticks until the returned function is called; asking twice costs one subscription. `levels`: how much of
   * the book is wanted in depth mode.
   */
  acquire(ref: InstrumentRef, mode: FeedMode, levels?: number): () => void {
    this.subscriptions.add(ref, mode, levels);
    this.settleSoon(SETTLE_MS);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.subscriptions.remove(ref, mode);
      // A row scrolled out often comes back at once; waiting saves an unsubscribe and a subscribe.
      this.settleSoon(LINGER_MS);
    };
  }

  private async connect(): Promise<void> {
    this.dial += 1;
    const dial = this.dial;
    this.setStatus({ connection: 'connecting' });
    try {
      const { ticket, ws_url } = await this.parts.fetchTicket();
      if (dial !== this.dial) return;
      this.open(ws_url, ticket);
    } catch (error) {
      if (dial === this.dial) this.wait(error instanceof Error ? error.message : t('no ticket'));
    }
  }

  private open(url: string, ticket: string): void {
    const socket = this.parts.openSocket(url);
    this.socket = socket;
    this.deadline = setTimeout(
      () => this.lose(socket, t('the feed did not answer in time')),
      AUTH_DEADLINE_MS,
    );
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.setStatus({ connection: 'authenticating' });
      socket.send(messages.authenticate(ticket));
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket && typeof data === 'string') this.receive(socket, readFrame(data));
    };
    socket.onclose = () => this.lose(socket, t('the feed closed the connection'));
  }

  private receive(socket: FeedSocket, frame: Frame): void {
    if (Array.isArray(frame)) return;
    if (frame.kind === 'tick') {
      this.quotes.merge(frame.ref, frame.change);
      this.lastTickAt = this.parts.now();
    } else if (frame.kind === 'authenticated') this.goLive(socket);
    else if (frame.kind === 'pong') this.measure(frame.sentAt);
    else if (frame.kind === 'error' && this.status.connection !== 'live') this.lose(socket, frame.message);
  }

  private goLive(socket: FeedSocket): void {
    clearTimeout(this.deadline);
    this.setStatus({ connection: 'live', reason: null, attempts: 0 });
    this.subscriptions.forgetTold();
    this.tellServer();
    this.pinger = setInterval(() => {
      socket.send(messages.ping(this.parts.now()));
      clearTimeout(this.deadline);
      this.deadline = setTimeout(() => this.lose(socket, t('the feed fell silent')), PONG_DEADLINE_MS);
    }, PING_EVERY_MS);
    socket.send(messages.ping(this.parts.now()));
  }

  private measure(sentAt: number | null): void {
    clearTimeout(this.deadline);
    if (sentAt !== null) this.setStatus({ latencyMs: Math.max(0, this.parts.now() - sentAt) });
  }

  private lose(socket: FeedSocket, reason: string): void {
    if (socket !== this.socket) return;
    this.dropSocket();
    this.wait(reason);
  }

  private dropSocket(): void {
    clearTimeout(this.deadline);
    clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.onopen = null;
    socket.close();
  }

  private wait(reason: string): void {
    const attempts = this.status.attempts + 1;
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
    this.setStatus({ connection: 'waiting', reason, attempts, latencyMs: null });
    this.retry = setTimeout(() => void this.connect(), ceiling * (0.5 + this.parts.random() / 2));
  }

  private settleSoon(delay: number): void {
    if (this.settle !== undefined && delay !== SETTLE_MS) return;
    clearTimeout(this.settle);
    this.settle = setTimeout(() => {
      this.settle = undefined;
      this.tellServer();
    }, delay);
  }

  private tellServer(): void {
    if (this.status.connection !== 'live' || !this.socket) return;
    const { subscribe, deepen, unsubscribe, untouched, forgotten } = this.subscriptions.takeChange();
    for (const [mode, refs] of subscribe) this.sendParts(refs, (part) => messages.subscribe(mode, part));
    for (const [levels, refs] of deepen)
      this.sendParts(refs, (part) => messages.subscribe(Mode.depth, part, levels));
    for (const [mode, refs] of unsubscribe) this.sendParts(refs, (part) => messages.unsubscribe(mode, part));
    for (const key of untouched) this.quotes.dropTouch(key);
    for (const key of forgotten) this.quotes.forget(key);
  }

  private sendParts(refs: readonly InstrumentRef[], say: (part: InstrumentRef[]) => string): void {
    for (let at = 0; at < refs.length; at += PER_MESSAGE) {
      this.socket?.send(say(refs.slice(at, at + PER_MESSAGE)));
    }
  }

  private setStatus(change: Partial<FeedStatus>): void {
    this.status = { ...this.status, ...change };
    for (const watcher of this.watchers) watcher();
  }
}
