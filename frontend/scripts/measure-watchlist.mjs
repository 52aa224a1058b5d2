// Streams 250 rows of a watchlist at 10 ticks a second each into a running desk, and says what the main thread does.
// The goal is less than 30 % of it. Time is the thread's own, so that other work on the machine does not count.
// BASE_URL=http://127.0.0.1:5000 E2E_USER=demo E2E_PASSWORD=… node scripts/measure-watchlist.mjs
import { chromium } from 'playwright-core';
import { WebSocketServer } from 'ws';

const base = process.env.BASE_URL ?? 'http://127.0.0.1:5000';
const ROWS = Number(process.env.ROWS ?? 250);
const TICKS = Number(process.env.TICKS ?? 10);
const SECONDS = Number(process.env.SECONDS ?? 10);

const names = Array.from({ length: ROWS }, (_, at) => `SHARE${at}`);
const row = (symbol) => ({ symbol, exchange: 'NSE', state: 'listed', expiry: null, name: symbol });
const lists = {
  version: 1,
  limits: { lists: 20, groups: 20, symbols: 250 },
  lists: [
    {
      id: 'all',
      name: 'All',
      groups: [{ id: 'top', name: '', collapsed: false, symbols: names.map(row) }],
    },
  ],
};

/** A feed that admits everybody and ticks every row, whether it is on screen or not. */
const feed = new WebSocketServer({ host: '127.0.0.1', port: 0 });
let sent = 0;
feed.on('connection', (socket) => {
  socket.on('message', (text) => {
    const { action, timestamp } = JSON.parse(String(text));
    if (action === 'authenticate') socket.send('{"type":"auth","status":"success"}');
    if (action === 'ping') socket.send(JSON.stringify({ type: 'pong', client_timestamp: timestamp }));
  });
});
const timer = setInterval(() => {
  const now = Date.now();
  for (const socket of feed.clients) {
    for (const [at, symbol] of names.entries()) {
      const ltp = Math.round((1000 + at + Math.sin(now / 300 + at) * 5) * 20) / 20;
      const data = { ltp, close: 1000 + at, volume: sent, timestamp: now };
      socket.send(JSON.stringify({ type: 'market_data', symbol, exchange: 'NSE', mode: 2, data }));
      sent += 1;
    }
  }
}, 1000 / TICKS);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
const page = await context.newPage();
const answer = (data) => (route) => route.fulfill({ json: { status: 'success', data } });
await page.route('**/ui/api/watchlists', answer(lists));
await page.route('**/ui/api/quotes', answer([]));
await page.route(
  '**/ui/api/ws-ticket',
  answer({ ticket: 'x', expires_in: 60, ws_url: `ws://127.0.0.1:${feed.address().port}` }),
);
await page.goto(base);
if (process.env.E2E_PASSWORD) {
  await page.getByLabel('Username').fill(process.env.E2E_USER ?? 'demo');
  await page.getByLabel('Password', { exact: true }).fill(process.env.E2E_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
await page.getByRole('navigation', { name: 'Main' }).waitFor({ timeout: 120_000 });
await page.goto(`${base}/${process.env.PAGE ?? 'apikey'}`);
const list = page.getByRole('region', { name: 'Watchlist' });
await list.locator('.tick').filter({ hasText: /\d/ }).first().waitFor({ timeout: 120_000 });

const devtools = await context.newCDPSession(page);
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
const metrics = async () =>
  Object.fromEntries(
    (await devtools.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]),
  );
const [before, sentBefore, began] = [await metrics(), sent, performance.now()];
await page.waitForTimeout(SECONDS * 1000);
const [after, seconds] = [await metrics(), (performance.now() - began) / 1000];
const share = (name) => `${(((after[name] - before[name]) / seconds) * 100).toFixed(1)} %`;
console.log(
  `${ROWS} rows, ${Math.round((sent - sentBefore) / seconds)} ticks/s sent, ${await list.locator('[data-line]').count()} rows rendered`,
);
console.log(
  `main thread ${share('TaskDuration')}: script ${share('ScriptDuration')}, style ${share('RecalcStyleDuration')}, layout ${share('LayoutDuration')}`,
);
clearInterval(timer);
await browser.close();
feed.close();
