import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { depthAt, findInstrument, quoteAt } from './desk/market.ts';
import { MockDesk } from './desk/mock-desk.ts';
import { answerRest } from './desk/rest-api.ts';
import { answer } from './desk/routes.ts';

interface Middlewares {
  use(handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): unknown;
}

interface Upgrades {
  on(event: string, listener: (...parts: never[]) => void): unknown;
}

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

/**
 * Serves the UI API, the feed and the event line from memory, for development and screenshots.
 * `POST /mock/reset?state=new|used|paper|live` starts over.
 */
export function attachMockDesk(
  middlewares: Middlewares,
  server: Upgrades | null,
  { strictPolicy }: { strictPolicy: boolean },
): void {
  const state = { desk: MockDesk.inUse() };
  const lines = new Set<WebSocket>();
  const follow = () =>
    state.desk.listen((event, payload) => {
      for (const line of lines) line.send(`42${JSON.stringify([event, payload])}`);
    });
  follow();

  middlewares.use((request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://desk');
    if (strictPolicy) response.setHeader('Content-Security-Policy', POLICY);
    if (url.pathname === '/mock/reset') {
      const kind = url.searchParams.get('state');
      state.desk =
        kind === 'new' ? new MockDesk() : kind === 'live' ? MockDesk.withRealMoney() : MockDesk.inUse();
      if (kind === 'paper') state.desk.mode = 'analyze';
      follow();
      response.end('ok');
      return;
    }
    const isRest = url.pathname.startsWith('/api/v1');
    if (!isRest && !url.pathname.startsWith('/ui/api')) return next();
    void bodyOf(request).then((body) => {
      const { status, body: sent } = isRest
        ? answerRest(url.pathname.slice('/api/v1'.length), body)
        : answer(state.desk, {
            method: request.method ?? 'GET',
            path: url.pathname.slice('/ui/api'.length),
            query: url.searchParams,
            body,
          });
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(sent));
    });
  });

  const sockets = new WebSocketServer({ noServer: true });
  server?.on('upgrade', ((request: IncomingMessage, socket: never, head: never) => {
    const path = new URL(request.url ?? '/', 'http://desk').pathname;
    if (path === '/mock-feed') sockets.handleUpgrade(request, socket, head, serveFeed);
    else if (path.startsWith('/socket.io'))
      sockets.handleUpgrade(request, socket, head, (line) => serveEvents(line, lines));
  }) as (...parts: never[]) => void);
}

/** Just enough of Socket.IO's text protocol for one namespace. */
function serveEvents(line: WebSocket, lines: Set<WebSocket>): void {
  line.send(
    `0${JSON.stringify({ sid: 'mock', upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`,
  );
  const ping = setInterval(() => line.send('2'), 25_000);
  line.on('message', (data: RawData) => {
    const text = data.toString();
    if (text.startsWith('40')) {
      line.send('40{"sid":"mock"}');
      lines.add(line);
    }
    // Its order updates bear no numbers: every line hears all of them.
    const id = /^42(\d+)\["subscribe_orders"/.exec(text)?.[1];
    if (id) line.send(`43${id}[{"status":"success","seq":0,"gap":false}]`);
  });
  line.on('close', () => {
    clearInterval(ping);
    lines.delete(line);
  });
}

interface Wanted {
  symbol: string;
  exchange: string;
  mode?: number;
}

function serveFeed(line: WebSocket): void {
  const wanted = new Map<string, Wanted & { mode: number }>();
  const timer = setInterval(() => {
    const time = Date.now();
    for (const one of wanted.values()) if (Math.random() < 0.5) sendTick(line, one, time);
  }, 400);
  line.on('close', () => clearInterval(timer));
  line.on('message', (data: RawData) => {
    const message = JSON.parse(data.toString()) as {
      action: string;
      mode?: number;
      symbols?: Wanted[];
      timestamp?: number;
    };
    if (message.action === 'authenticate')
      line.send('{"type":"auth","status":"success","message":"Authentication successful"}');
    if (message.action === 'ping')
      line.send(JSON.stringify({ type: 'pong', status: 'success', client_timestamp: message.timestamp }));
    for (const one of message.symbols ?? []) {
      const mode = one.mode ?? message.mode ?? 2;
      const key = `${one.exchange}:${one.symbol}|${mode}`;
      if (message.action === 'unsubscribe') wanted.delete(key);
      if (message.action !== 'subscribe') continue;
      wanted.set(key, { ...one, mode });
      sendTick(line, { ...one, mode }, Date.now());
    }
  });
}

function sendTick(
  line: WebSocket,
  { symbol, exchange, mode }: Wanted & { mode: number },
  time: number,
): void {
  const instrument = findInstrument(exchange, symbol);
  if (!instrument) return;
  const { prev_close: close, bid: _bid, ask: _ask, ...quote } = quoteAt(instrument, time);
  const data =
    mode === 3
      ? { ltp: quote.ltp, timestamp: time, depth: depthAt(instrument, time) }
      : { ...quote, close, timestamp: time };
  line.send(JSON.stringify({ type: 'market_data', symbol, exchange, mode, data }));
}
