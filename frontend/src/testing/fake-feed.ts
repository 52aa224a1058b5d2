import { type FeedSocket, MarketDataClient } from '@/lib/market-data/client';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { QuoteStore } from '@/lib/market-data/quote-store';

export class FakeSocket implements FeedSocket {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.(new Event('open'));
  }

  receive(frame: object): void {
    this.onmessage?.(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }

  authenticate(): void {
    this.open();
    this.receive({ type: 'auth', status: 'success', message: 'Authentication successful' });
  }

  tick(ref: InstrumentRef, data: object, mode = 2): void {
    this.receive({ type: 'market_data', ...ref, mode, data });
  }

  drop(): void {
    this.onclose?.(new CloseEvent('close'));
  }

  sentActions(action: string) {
    return this.sent.filter((message) => message.action === action);
  }
}

/** A client whose sockets, frames and tickets are in the test's hands. */
export function fakeFeed() {
  const sockets: FakeSocket[] = [];
  const frames: (() => void)[] = [];
  const tickets: string[] = [];
  const client = new MarketDataClient({
    fetchTicket: async () => {
      tickets.push(`ticket-${tickets.length + 1}`);
      return { ticket: tickets.at(-1) ?? '', ws_url: 'ws://feed' };
    },
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    quotes: new QuoteStore((run) => frames.push(run)),
    random: () => 0,
  });
  return {
    client,
    sockets,
    tickets,
    /** Runs the pending animation frame. */
    paint: () => {
      for (const run of frames.splice(0)) run();
    },
    newest: () => {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('nothing was dialled');
      return socket;
    },
  };
}
