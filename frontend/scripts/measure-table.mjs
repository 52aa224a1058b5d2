// Streams a table of 500 positions at 10 ticks a second each against the built desk, then scrolls one of 5,000 rows.
// Says how smooth both were, how often React committed and where the main thread's time went.
//   npm run build && node scripts/measure-table.mjs        (ROWS=500 RATE=10 SECONDS=8 SCROLL_ROWS=5000
//   TRACE=trace.json SCREENSHOT=table.png)
// A busy machine shows fewer frames: the main thread's own time a second is the figure to judge by.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { WebSocketServer } from 'ws';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROWS = Number(process.env.ROWS ?? 500);
const SCROLL_ROWS = Number(process.env.SCROLL_ROWS ?? 5_000);
const RATE = Number(process.env.RATE ?? 10);
const SECONDS = Number(process.env.SECONDS ?? 8);
const port = Number(process.env.PORT ?? 20_741);
const base = `http://localhost:${port}`;

const positionsOf = (count) =>
  Array.from({ length: count }, (_, index) => ({
    symbol: `ROW${String(index).padStart(4, '0')}`,
    exchange: 'NSE',
    product: 'MIS',
    quantity: index % 3 === 0 ? -50 : 100,
    average_price: 100 + index,
    ltp: 100 + index,
    pnl: 0,
    realized_pnl: 12.5,
    multiplier: 1,
    lot_size: 1,
    tick_size: 0.05,
  }));

/** A feed that speaks the desk's protocol and ticks every subscribed row RATE times a second, evenly spread. */
function startFeed() {
  const server = new WebSocketServer({ port: port + 1 });
  // Silent until a page is up, so that a slow machine is not choked before the measure begins.
  const state = { rate: 0, sent: 0, lines: 0 };
  server.on('connection', (line) => {
    state.lines += 1;
    const wanted = [];
    let due = 0;
    let at = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      due += ((now - last) / 1000) * wanted.length * state.rate;
      last = now;
      if (line.bufferedAmount > 4_000_000) due = 0;
      for (; due >= 1; due -= 1) {
        const symbol = wanted[at % wanted.length];
        at += 1;
        state.sent += 1;
        const ltp = Math.round((150 + (at % 7919) / 20) * 20) / 20;
        line.send(
          `{"type":"market_data","symbol":"${symbol}","exchange":"NSE","mode":2,"data":{"ltp":${ltp},"open":150,"high":560,"low":149,"close":151,"volume":${at},"timestamp":${Date.now()}}}`,
        );
      }
    }, 8);
    line.on('close', () => {
      state.lines -= 1;
      clearInterval(timer);
    });
    line.on('message', (data) => {
      const { action, symbols = [], timestamp } = JSON.parse(data.toString());
      if (action === 'authenticate') line.send('{"type":"auth","status":"success","message":"ok"}');
      if (action === 'ping') line.send(`{"type":"pong","status":"success","client_timestamp":${timestamp}}`);
      if (action === 'subscribe') {
        for (const { symbol } of symbols)
          if (symbol.startsWith('ROW') && !wanted.includes(symbol)) wanted.push(symbol);
      }
    });
  });
  return { state, stop: () => server.close() };
}

async function serve() {
  const preview = spawn(
    process.execPath,
    ['node_modules/vite/bin/vite.js', 'preview', '--mode', 'mock', '--port', String(port), '--strictPort'],
    { cwd: root, stdio: 'ignore' },
  );
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const isUp = await fetch(`${base}/mock/reset?state=used`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return preview;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  preview.kill();
  throw new Error('the preview server did not come up');
}

/** Counts what React itself reports to its developer tools: one call a commit, in the build that traders get. */
function countCommits() {
  window.__commits = 0;
  window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true,
    renderers: new Map(),
    inject: () => 1,
    onCommitFiberRoot: () => {
      window.__commits += 1;
    },
    onCommitFiberUnmount: () => {},
    onPostCommitFiberRoot: () => {},
    checkDCE: () => {},
  };
}

async function open(browser, rows) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(countCommits);
  await page.route('**/ui/api/positions', (route) =>
    route.fulfill({ json: { status: 'success', data: positionsOf(rows), mode: 'live' } }),
  );
  await page.route('**/ui/api/ws-ticket', (route) =>
    route.fulfill({
      json: {
        status: 'success',
        data: { ticket: 'T', expires_in: 60, ws_url: `ws://localhost:${port + 1}` },
      },
    }),
  );
  await page.goto(`${base}/positions`);
  await page.getByRole('table', { name: 'Positions' }).waitFor();
  await page.waitForTimeout(2_500);
  return page;
}

/** Runs `step` once a frame for some seconds; answers the frames' times, the commits and the text changes. */
function watch(page, seconds, scrollBy) {
  return page.evaluate(
    async ([duration, by]) => {
      const scroller = document.querySelector('table[aria-label="Positions"]').parentElement;
      let writes = 0;
      const observer = new MutationObserver((changes) => {
        writes += changes.length;
      });
      observer.observe(scroller, { characterData: true, subtree: true });
      const commits = window.__commits;
      const times = [];
      const end = performance.now() + duration * 1000;
      let direction = 1;
      await new Promise((resolve) => {
        const frame = (now) => {
          times.push(now);
          if (by) {
            const before = scroller.scrollTop;
            scroller.scrollTop += by * direction;
            if (scroller.scrollTop === before) direction = -direction;
          }
          if (now < end) requestAnimationFrame(frame);
          else resolve();
        };
        requestAnimationFrame(frame);
      });
      observer.disconnect();
      return { times, commits: window.__commits - commits, writes };
    },
    [seconds, scrollBy],
  );
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

function tell(name, { times, commits, writes }, before, after, seconds) {
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  const sorted = [...gaps].sort((a, b) => a - b);
  const late = gaps.filter((gap) => gap > 25).length;
  const share = (field) => (((after[field] - before[field]) / seconds) * 100).toFixed(1);
  console.log(`${name}`);
  console.log(
    `  ${(gaps.length / seconds).toFixed(1)} frames/s; gap p50 ${at(sorted, 0.5).toFixed(1)}, p95 ${at(sorted, 0.95).toFixed(1)}, p99 ${at(sorted, 0.99).toFixed(1)}, longest ${at(sorted, 1).toFixed(1)} ms; ${late} of ${gaps.length} frames late (>25 ms)`,
  );
  console.log(
    `  ${commits} commits of React (${(commits / seconds).toFixed(1)}/s), ${(writes / seconds).toFixed(0)} texts written a second`,
  );
  console.log(
    `  main thread busy ${share('TaskDuration')} % of the wall clock: script ${share('ScriptDuration')}, style ${share('RecalcStyleDuration')}, layout ${share('LayoutDuration')}`,
  );
}

async function measured(browser, page, name, seconds, scrollBy) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const metrics = async () =>
    Object.fromEntries(
      (await devtools.send('Performance.getMetrics')).metrics.map(({ name: key, value }) => [key, value]),
    );
  const before = await metrics();
  const seen = await watch(page, seconds, scrollBy);
  tell(name, seen, before, await metrics(), seconds);
  await traced(browser, page, 3, scrollBy);
}

/**
 * Where the main thread's time goes by kind of work, from Chromium's own trace: time on the processor, so that a machine
 * busy with other work tells the same story.
 */
async function traced(browser, page, seconds, scrollBy) {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel'] });
  const { times } = await watch(page, seconds, scrollBy);
  const buffer = await browser.stopTracing();
  if (process.env.TRACE) writeFileSync(process.env.TRACE, buffer);
  const events = JSON.parse(buffer.toString()).traceEvents;
  const main = events.find(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const busy = new Map();
  for (const { name, tdur, pid, tid, ph } of events) {
    if (ph !== 'X' || pid !== main?.pid || tid !== main?.tid) continue;
    busy.set(name, (busy.get(name) ?? 0) + (tdur ?? 0) / 1000 / seconds);
  }
  const largest = [...busy].sort((a, b) => b[1] - a[1]).slice(0, 10);
  const all = busy.get('ThreadControllerImpl::RunTask') ?? 0;
  console.log(
    `  traced at ${(times.length / seconds).toFixed(1)} frames/s: ${(all / 10).toFixed(1)} % of a processor for the main thread, ms a second: ${largest
      .filter(([name]) => name !== 'ThreadControllerImpl::RunTask')
      .map(([name, ms]) => `${name} ${ms.toFixed(1)}`)
      .join(', ')}`,
  );
}

const preview = await serve();
const feed = startFeed();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const streaming = await open(browser, ROWS);
  feed.state.rate = RATE;
  await streaming.waitForTimeout(1_000);
  const begun = performance.now();
  const sentBefore = feed.state.sent;
  await measured(browser, streaming, `${ROWS} rows, ${RATE} ticks a second each`, SECONDS, 0);
  const passed = (performance.now() - begun) / 1000;
  console.log(
    `  ${((feed.state.sent - sentBefore) / passed).toFixed(0)} ticks a second over ${feed.state.lines} line(s)`,
  );
  if (process.env.SCREENSHOT) await streaming.screenshot({ path: process.env.SCREENSHOT });
  await measured(browser, streaming, `the same while it scrolls, 40 px a frame`, SECONDS / 2, 40);
  await streaming.close();
  feed.state.rate = 0;
  const long = await open(browser, SCROLL_ROWS);
  feed.state.rate = 0.2;
  await measured(browser, long, `${SCROLL_ROWS} rows scrolling 120 px a frame`, SECONDS, 120);
  await long.close();
} finally {
  await browser.close();
  feed.stop();
  preview.kill();
}
process.exit(0);
