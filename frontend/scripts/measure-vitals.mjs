// Largest contentful paint, layout shift and interactions of a running desk on a processor slowed down four times.
// Goals: paint <= 1.2 s, interaction <= 100 ms, shift < 0.02. Every load comes with an empty cache, every run with a new page.
// BASE_URL=http://127.0.0.1:5000 E2E_USER=demo E2E_PASSWORD=… [RUNS=5] [CPU=4] [CACHE=warm] node scripts/measure-vitals.mjs [page …]
import { loadavg } from 'node:os';
import { chromium } from 'playwright-core';

const base = process.env.BASE_URL ?? 'http://127.0.0.1:5000';
const RUNS = Number(process.env.RUNS ?? 5);
const CPU = Number(process.env.CPU ?? 4);
const isWarm = process.env.CACHE === 'warm';
const PAGES = {
  dashboard: '/dashboard',
  orders: '/orderbook',
  positions: '/positions',
  trade: '/trade',
  chain: '/optionchain?underlying=NIFTY&exchange=NSE_INDEX&strikes=10',
  search: '/search?q=SBIN',
};
const wanted = process.argv.slice(2);

/** Runs in the page before anything else: notes what the browser reports about its own speed. */
function note() {
  const seen = { lcp: 0, what: '', fcp: 0, shift: 0, long: 0, events: [], figures: 0 };
  window.__vitals = seen;
  const watch = (type, each, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({
      type,
      buffered: true,
      ...more,
    });
  watch('largest-contentful-paint', ({ startTime, element, size }) => {
    seen.lcp = startTime;
    seen.what = `${element?.tagName.toLowerCase() ?? 'gone'} "${element?.textContent?.slice(0, 30) ?? ''}" ${size} px²`;
  });
  watch('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') seen.fcp = startTime;
  });
  watch('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) seen.shift += value;
  });
  watch('longtask', ({ duration }) => {
    seen.long += duration - 50;
  });
  watch(
    'event',
    ({ name, duration, interactionId, processingStart, processingEnd, startTime }) => {
      if (interactionId)
        seen.events.push({
          name,
          duration,
          delay: processingStart - startTime,
          work: processingEnd - processingStart,
        });
    },
    { durationThreshold: 16 },
  );
  const frame = () => {
    const cells = [...document.querySelectorAll('main .tick, main td')];
    if (cells.some(({ textContent }) => /\d/.test(textContent ?? ''))) seen.figures = performance.now();
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

const at = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const spread = (values, digits = 0) =>
  `${at(values, 0).toFixed(digits)} / ${at(values, 0.5).toFixed(digits)} / ${at(values, 1).toFixed(digits)}`;

/** Books without rows are fast and tell nothing: some orders at the practice exchange, never anywhere else. */
async function fillBooks(page) {
  await page.evaluate(async () => {
    const read = async (path) => (await (await fetch(`/ui/api${path}`)).json()).data;
    const { csrf_token, account } = await read('/bootstrap');
    if (!account?.practice || JSON.stringify(await read('/orders')).split('"symbol"').length > 30) return;
    const symbols = 'SBIN RELIANCE INFY TCS HDFCBANK ICICIBANK ITC LT AXISBANK KOTAKBANK'.split(' ');
    for (let number = 0; number < 30; number += 1) {
      await fetch('/ui/api/orders', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf_token },
        body: JSON.stringify({
          symbol: symbols[number % symbols.length],
          exchange: 'NSE',
          action: number % 3 ? 'BUY' : 'SELL',
          quantity: number + 1,
          product: 'MIS',
          pricetype: 'MARKET',
          strategy: 'Desk',
          client_order_id: crypto.randomUUID().replaceAll('-', ''),
        }),
      });
    }
  });
}

async function signIn(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${base}/login`);
  await page.getByLabel('Username').fill(process.env.E2E_USER ?? 'demo');
  await page.getByLabel('Password', { exact: true }).fill(process.env.E2E_PASSWORD ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ timeout: 60_000 });
  await fillBooks(page);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function opened(browser, storageState, path) {
  const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  if (isWarm) {
    await page.goto(base + path);
    await page.getByText('Feed live').waitFor({ timeout: 60_000 });
  }
  await page.addInitScript(note);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU });
  await page.goto(base + path);
  await page.getByText('Feed live').waitFor({ timeout: 60_000 });
  // Figures and what stands ready for the first touch are there by then.
  await page.waitForTimeout(4000);
  return { context, page };
}

/** One interaction: what the slowest event of it took from the input to the next paint. */
async function interaction(page, act) {
  await page.evaluate(() => {
    window.__vitals.events.length = 0;
  });
  await act();
  await page.waitForTimeout(800);
  const events = await page.evaluate(() => window.__vitals.events);
  return events.sort((a, b) => b.duration - a.duration)[0] ?? { duration: 0, delay: 0, work: 0 };
}

const ACTS = {
  'open the ticket': [
    '/dashboard',
    async (page) => {
      await page.locator('aside [data-symbol="SBIN"]').first().focus();
      return () => page.keyboard.press('b');
    },
  ],
  'switch a tab': ['/trade', async (page) => () => page.getByRole('tab', { name: 'Trades' }).click()],
  'type in the search': [
    '/search?q=SBI',
    async (page) => {
      await page.getByLabel('Search instruments').focus();
      return () => page.keyboard.press('N');
    },
  ],
  'sort a book': [
    '/orderbook',
    async (page) => () =>
      page
        .getByRole('table', { name: 'Orders' })
        .getByRole('columnheader', { name: /^Symbol/ })
        .getByRole('button')
        .first()
        .click(),
  ],
  'open the option chain': [
    '/dashboard',
    async (page) => () => page.getByRole('link', { name: 'Chain' }).click(),
  ],
  'open the palette': ['/dashboard', async (page) => () => page.keyboard.press('Control+k')],
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const state = await signIn(browser);
  console.log(
    `processor ${CPU} times slower, ${RUNS} runs, ${isWarm ? 'warm' : 'empty'} cache; least / median / most`,
  );
  for (const [name, path] of Object.entries(PAGES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) {
      const { context, page } = await opened(browser, state, path);
      runs.push(await page.evaluate(() => ({ ...window.__vitals })));
      await context.close();
    }
    const all = (field) => runs.map((run) => run[field]);
    console.log(
      `${name.padEnd(10)} at a load of ${loadavg()[0].toFixed(1)}: paint ${spread(all('lcp'))} ms (${runs.at(-1).what}); first ${spread(all('fcp'))}; figures ${spread(all('figures'))}; shift ${spread(all('shift'), 3)}; blocked ${spread(all('long'))} ms`,
    );
  }
  for (const [name, [path, prepare]] of Object.entries(ACTS)) {
    if (wanted.length > 0 && !wanted.includes('acts') && !wanted.includes(name)) continue;
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) {
      const { context, page } = await opened(browser, state, path);
      runs.push(await interaction(page, await prepare(page)));
      await context.close();
    }
    const all = (field) => runs.map((run) => run[field]);
    console.log(
      `${name.padEnd(22)} at a load of ${loadavg()[0].toFixed(1)}: ${spread(all('duration'))} ms; waited ${spread(all('delay'))}, handlers ${spread(all('work'))}`,
    );
  }
} finally {
  await browser.close();
}
