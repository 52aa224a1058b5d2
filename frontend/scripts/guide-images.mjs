// The pictures of the user guide: `node scripts/guide-images.mjs [name…]` against a demo that is up.
// BASE_URL, DEMO_USER, DEMO_PASSWORD and DEMO_KEY are what `app.py demo` prints; the pictures go to docs/images.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const BASE = process.env.BASE_URL ?? 'http://127.0.0.1:5000';
const USER = process.env.DEMO_USER ?? 'demo';
const PASSWORD = process.env.DEMO_PASSWORD ?? '';
const KEY = process.env.DEMO_KEY ?? '';
const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const MOST_BYTES = 60 * 1024;
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** A call of the desk's own API, as its pages make them. */
const call = (page, method, path, body) =>
  page.evaluate(
    async ([verb, where, sent]) => {
      const boot = await (await fetch('/ui/api/bootstrap')).json();
      const answer = await fetch(`/ui/api${where}`, {
        method: verb,
        headers: { 'X-CSRFToken': boot.data.csrf_token, 'Content-Type': 'application/json' },
        ...(sent && { body: JSON.stringify(sent) }),
      });
      const told = await answer.json();
      if (!answer.ok) console.error(verb, where, JSON.stringify(told));
      return told.data;
    },
    [method, path, body],
  );

async function lastPrice(page, symbol, exchange) {
  const rows = await call(page, 'POST', '/quotes', { symbols: [{ symbol, exchange }] });
  return rows[0].data.ltp;
}

async function trade(page) {
  const order = (symbol, action, quantity, more = {}) =>
    call(page, 'POST', '/orders', {
      symbol,
      exchange: 'NSE',
      action,
      quantity,
      pricetype: 'MARKET',
      product: 'MIS',
      strategy: 'Desk',
      ...more,
    });
  const rounded = (price) => Math.round(price * 20) / 20;
  for (const [symbol, action, quantity, strategy] of [
    ['RELIANCE', 'BUY', 50, 'orb'],
    ['SBIN', 'BUY', 120, 'orb'],
    ['INFY', 'SELL', 40, 'pairs'],
    ['TCS', 'BUY', 20, 'pairs'],
    ['HDFCBANK', 'BUY', 60, 'Desk'],
    ['ITC', 'BUY', 200, 'Desk'],
    ['ICICIBANK', 'SELL', 75, 'orb'],
  ])
    await order(symbol, action, quantity, { strategy });
  await order('ITC', 'SELL', 100);
  await order('SBIN', 'SELL', 60, { strategy: 'orb' });
  for (const [symbol, action, factor] of [
    ['RELIANCE', 'BUY', 0.97],
    ['TCS', 'SELL', 1.03],
    ['KOTAKBANK', 'BUY', 0.98],
    ['LT', 'BUY', 0.96],
  ]) {
    const price = rounded((await lastPrice(page, symbol, 'NSE')) * factor);
    await order(symbol, action, 25, { pricetype: 'LIMIT', price });
  }
  const trigger = rounded((await lastPrice(page, 'SBIN', 'NSE')) * 0.98);
  await order('SBIN', 'SELL', 60, { pricetype: 'SL-M', trigger_price: trigger });
  await order('WIPRO', 'BUY', 10, { product: 'CNC' });
  const cancelled = await order('MARUTI', 'BUY', 5, {
    pricetype: 'LIMIT',
    price: rounded((await lastPrice(page, 'MARUTI', 'NSE')) * 0.97),
  });
  if (cancelled) await call(page, 'DELETE', `/orders/${cancelled.orderid}`);
  const last = await lastPrice(page, 'HDFCBANK', 'NSE');
  await call(page, 'POST', '/position-exits', {
    symbol: 'HDFCBANK',
    exchange: 'NSE',
    product: 'MIS',
    exits: {
      stoploss: { price: rounded(last * 0.98) },
      target: { price: rounded(last * 1.03) },
    },
  });
  await call(page, 'POST', '/gtts', {
    trigger_type: 'OCO',
    symbol: 'WIPRO',
    exchange: 'NSE',
    action: 'SELL',
    product: 'CNC',
    quantity: 10,
    pricetype: 'LIMIT',
    triggerprice_sl: rounded((await lastPrice(page, 'WIPRO', 'NSE')) * 0.93),
    stoploss: rounded((await lastPrice(page, 'WIPRO', 'NSE')) * 0.925),
    triggerprice_tg: rounded((await lastPrice(page, 'WIPRO', 'NSE')) * 1.08),
    target: rounded((await lastPrice(page, 'WIPRO', 'NSE')) * 1.075),
  });
}

/** Orders that wait: those of a semi-auto key. */
async function ask(page) {
  await call(page, 'PUT', '/apikey/mode', { order_mode: 'semi_auto' });
  for (const [symbol, action, quantity] of [
    ['RELIANCE', 'BUY', 10],
    ['INFY', 'BUY', 15],
    ['SBIN', 'SELL', 20],
  ])
    await page.evaluate(
      (body) =>
        fetch('/api/v1/placeorder', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }),
      {
        apikey: KEY,
        strategy: 'orb',
        symbol,
        exchange: 'NSE',
        action,
        quantity,
        product: 'MIS',
        pricetype: 'MARKET',
      },
    );
  await call(page, 'PUT', '/apikey/mode', { order_mode: 'auto' });
}

async function automate(page) {
  const made = [];
  for (const [name, platform, trading_mode, hours] of [
    ['Morning run', 'tradingview', 'BOTH', true],
    ['Breakouts', 'chartink', 'LONG', true],
    ['Swing', 'amibroker', 'LONG', false],
  ]) {
    const row = await call(page, 'POST', '/strategies', {
      name,
      platform,
      trading_mode,
      is_intraday: hours,
      start_time: null,
      end_time: null,
      squareoff_time: hours ? '23:59' : null,
    });
    await call(page, 'POST', `/strategies/${row.id}/mappings`, {
      mappings: ['RELIANCE', 'SBIN', 'AXISBANK'].map((symbol) => ({
        symbol,
        exchange: 'NSE',
        quantity: 10,
        product_type: 'MIS',
      })),
    });
    made.push(row);
  }
  const path = new URL(made[0].webhook_url).pathname;
  for (const body of [
    { symbol: 'AXISBANK', action: 'buy', position_size: '10' },
    { symbol: 'RELIANCE', action: 'buy', position_size: '20' },
    { symbol: 'TATAMOTORS', action: 'buy', position_size: '5' },
    { symbol: 'AXISBANK', action: 'sell', position_size: '0' },
  ]) {
    await page.evaluate(
      ([where, sent]) => fetch(where, { method: 'POST', body: JSON.stringify(sent) }),
      [path, body],
    );
    // An exit that follows its entry at once finds nothing yet.
    await page.waitForTimeout(4000);
  }
  await page.waitForTimeout(4000);
  return made[0].id;
}

/** What the operator's pages tell of: refused and unknown calls, errors, acts of an administrator. */
async function operate(page) {
  const ask = (path, body) =>
    page.evaluate(
      async ([where, sent]) => {
        await fetch(where, {
          ...(sent && {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(sent),
          }),
        });
      },
      [path, body],
    );
  const order = {
    apikey: KEY,
    strategy: 'orb',
    exchange: 'NSE',
    product: 'MIS',
    pricetype: 'MARKET',
    action: 'BUY',
  };
  for (const [symbol, quantity, more] of [
    ['SBIN', 10, {}],
    ['INFY', 5, {}],
    ['SBINN', 10, {}],
    ['NIFTY27JAN2699900CE', 10, { exchange: 'NFO', product: 'NRML' }],
    ['RELIANCE', 5_000_000, { product: 'CNC' }],
    ['TCS', 3, { pricetype: 'LIMIT', price: 1 }],
    ['ITC', 40, {}],
  ])
    await ask('/api/v1/placeorder', { ...order, symbol, quantity, ...more });
  for (const path of ['quotes', 'depth'])
    await ask(`/api/v1/${path}`, { apikey: KEY, symbol: 'SBIN', exchange: 'NSE' });
  await ask('/api/v1/funds', { apikey: 'of somebody else' });
  await ask('/api/v1/orderbook', { apikey: KEY });
  await ask('/wp-login.php');
  for (const [symbol, quantity] of [
    ['FINNIFTY', 1_500],
    ['FINNIFTY', 1_200],
  ])
    await call(page, 'PUT', `/operator/admin/freezes/NFO/${symbol}`, { freeze_qty: quantity });
  await call(page, 'PUT', `/operator/admin/holidays/${new Date().getFullYear()}-12-31`, {
    description: 'Local election',
    type: 'TRADING_HOLIDAY',
    settles: false,
    sessions: { NSE: [], BSE: [], NFO: [], BFO: [] },
  });
}

async function condor(page) {
  await page.getByRole('button', { name: 'Strategies' }).click();
  const button = page.getByRole('button', { name: 'Iron condor', exact: true });
  await button.click({ timeout: 15_000 });
  await page.getByRole('list', { name: 'Legs' }).waitFor();
}

async function ticket(page) {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/Go to a page/).fill('buy 10 sbin');
  await page
    .getByRole('option', { name: /BUY\s*10\s*SBIN\s*NSE/ })
    .first()
    .click();
  await page.getByRole('dialog', { name: /^Order ticket/ }).waitFor();
  await page.waitForTimeout(2500);
}

const click = (role, name) => async (page) => {
  await page.getByRole(role, { name, exact: true }).first().click();
  await page.waitForTimeout(1500);
};

/** Chooses an instrument in the watchlist: every panel follows. */
const look = (symbol) => async (page) => {
  await page
    .getByRole('region', { name: 'Watchlist' })
    .getByRole('listitem')
    .filter({ hasText: symbol })
    .first()
    .click();
  await page.waitForTimeout(3500);
};

/** Until the day before is read: open interest counts from it. */
const counted = (page) => page.waitForTimeout(15_000);

const CHAIN = '/optionchain?underlying=NIFTY&exchange=NSE_INDEX&strikes=8';

/** name, address, theme, more: `size` of the window, `prepare` before the picture, `isBare` without the docked
 * watchlist (dense pages stay sharp), `isOut` for who is not signed in. */
const pictures = (strategy) => [
  ['setup', '/setup', 'light', { isOut: true, isFresh: true }],
  ['login', '/login', 'dark', { isOut: true }],
  ['reset-password', '/reset-password', 'light', { isOut: true }],
  ['dashboard', '/dashboard', 'dark'],
  ['trade', '/trade', 'dark', { prepare: look('SBIN') }],
  ['trade-phone', '/trade', 'light', { size: PHONE }],
  ['ticket', '/positions', 'light', { isBare: true, prepare: ticket }],
  ['ticket-phone', '/positions', 'dark', { size: PHONE, prepare: ticket }],
  ['palette', '/dashboard', 'dark', {
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder(/Go to a page/).fill('buy 75 nifty');
      await page.waitForTimeout(1500);
    },
  }],
  ['orderbook', '/orderbook', 'light', { isBare: true }],
  ['orderbook-time-line', '/orderbook', 'dark', {
    isBare: true,
    prepare: async (page) => {
      await page.getByRole('button', { name: /^Time line of/ }).first().click();
      await page.waitForTimeout(1500);
    },
  }],
  ['orderbook-phone', '/orderbook', 'dark', { size: PHONE }],
  ['tradebook', '/tradebook', 'dark', { isBare: true }],
  ['positions', '/positions', 'light', { isBare: true }],
  ['holdings', '/holdings', 'light'],
  ['pnl', '/pnl', 'dark', { isBare: true }],
  ['chart', '/chart?symbol=SBIN&exchange=NSE&interval=5m', 'light', { isBare: true }],
  ['optionchain', CHAIN, 'dark', { isBare: true, prepare: counted }],
  ['optionchain-phone', CHAIN, 'light', { size: PHONE }],
  ['basket', '/basket', 'light', { isBare: true, prepare: condor }],
  ['basket-option-picker', '/basket', 'dark', { prepare: click('button', 'Pick an option') }],
  ['gtt', '/gtt', 'dark'],
  ['action-center', '/action-center', 'light'],
  ['strategies', '/strategies', 'light'],
  ['strategies-new', '/strategies', 'dark', { prepare: click('button', 'New strategy') }],
  ['strategies-one', `/strategies/${strategy}`, 'dark', { isBare: true }],
  ['search', '/search?q=NIFTY&type=CE', 'light'],
  ['drift', '/drift', 'dark'],
  ['risk', '/risk', 'light', { isBare: true }],
  ['sandbox', '/sandbox', 'dark'],
  ['profile', '/profile', 'light'],
  ['profile-security', '/profile?section=security', 'dark'],
  ['profile-appearance', '/profile?section=appearance', 'light'],
  ['broker', '/broker', 'light', { isBare: true }],
  ['apikey', '/apikey', 'dark'],
  ['playground', '/playground', 'dark'],
  ['health', '/health', 'dark'],
  ['latency', '/latency?view=request', 'light', { isBare: true }],
  ['traffic', '/traffic', 'dark', { isBare: true }],
  ['logs', '/logs', 'light', { isBare: true }],
  ['audit', '/audit', 'light', { isBare: true }],
  ['admin', '/admin?view=holidays', 'dark'],
  ['not-found', '/no-such-page', 'light'],
]; // biome-ignore format: a table

/**
 * A picture of text in few colours, WebP without loss: colours that stand apart and the most frequent ones as they are,
 * the others the nearest of them. Runs in a page.
 */
async function inColours([data, sizes, most]) {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const drawing = canvas.getContext('2d');
  drawing.drawImage(image, 0, 0);
  const pixels = drawing.getImageData(0, 0, canvas.width, canvas.height);
  const whole = new Uint32Array(pixels.data.buffer.slice(0));
  const counts = new Map();
  for (const colour of whole) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const ranked = [...counts].sort((left, right) => right[1] - left[1]).map(([colour]) => colour);
  const distance = (one, other) =>
    ((one & 255) - (other & 255)) ** 2 +
    (((one >> 8) & 255) - ((other >> 8) & 255)) ** 2 +
    (((one >> 16) & 255) - ((other >> 16) & 255)) ** 2;
  const target = new Uint32Array(pixels.data.buffer);
  for (const size of sizes) {
    // Rare colours that stand apart mean something: a loss is red.
    const apart = [];
    for (const colour of ranked.slice(0, 2000))
      if (apart.length < size / 2 && apart.every((one) => distance(one, colour) > 2500)) apart.push(colour);
    const palette = [...new Set([...apart, ...ranked])].slice(0, size);
    const nearest = new Map(
      ranked.map((colour) => [
        colour,
        palette.reduce((best, one) => (distance(colour, one) < distance(colour, best) ? one : best)),
      ]),
    );
    for (let at = 0; at < whole.length; at += 1) target[at] = nearest.get(whole[at]);
    drawing.putImageData(pixels, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/webp', 1));
    if (blob.size > most) continue;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return { size, base64: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')) };
  }
  return null;
}

/** Many colours without loss, else a little loss (gradients), else few colours: the first that fits. */
async function keep(page, name) {
  const png = (await page.screenshot()).toString('base64');
  const session = await page.context().newCDPSession(page);
  const colours = async (sizes) => {
    const found = await workshop.evaluate(inColours, [png, sizes, MOST_BYTES]);
    return found && { bytes: Buffer.from(found.base64, 'base64'), how: `in ${found.size} colours` };
  };
  const lossy = async (qualities) => {
    for (const quality of qualities) {
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
      const bytes = Buffer.from(data, 'base64');
      if (bytes.length <= MOST_BYTES) return { bytes, how: `at quality ${quality}` };
    }
    return null;
  };
  const found =
    (await colours([512, 256, 128, 96, 64])) ?? (await lossy([86, 80, 74])) ?? (await colours([48, 32, 24]));
  if (!found) throw new Error(`does not fit ${MOST_BYTES} bytes while it can still be read`);
  writeFileSync(`${FOLDER}${name}.webp`, found.bytes);
  console.log(`${name}: ${(found.bytes.length / 1024).toFixed(1)} KB ${found.how}`);
}

async function signIn(page) {
  await page.goto(`${BASE}/login`);
  await page.getByLabel('Username').fill(USER);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** The page before the first user exists, as the bootstrap of a new installation has it. */
async function asFresh(page) {
  await page.route('**/ui/api/bootstrap', async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    body.data.needs_setup = true;
    await route.fulfill({ response: answer, json: body });
  });
}

const wanted = new Set(process.argv.slice(2));
mkdirSync(FOLDER, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const workshop = await browser.newPage();
const options = { viewport: WIDE, reducedMotion: 'reduce', locale: 'en-IN' };
const desk = await (await browser.newContext(options)).newPage();
desk.on('console', (message) => message.type() === 'error' && console.error(message.text()));
await signIn(desk);
let strategy = (await call(desk, 'GET', '/strategies'))?.[0]?.id;
if (strategy === undefined) {
  await trade(desk);
  await ask(desk);
  strategy = await automate(desk);
  await operate(desk);
}
for (const [name, path, theme, more = {}] of pictures(strategy)) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  const page = more.isOut ? await (await browser.newContext(options)).newPage() : desk;
  try {
    if (more.isFresh) await asFresh(page);
    await page.setViewportSize(more.size ?? WIDE);
    await page.goto(BASE + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
    if (!more.isOut) await page.getByText('Feed live').waitFor();
    await page.waitForTimeout(2500);
    const turn = page.getByRole('button', { name: more.isBare ? 'Hide watchlist' : 'Show watchlist' });
    if (await turn.isVisible()) await turn.click();
    await more.prepare?.(page);
    await page.evaluate((chosen) => {
      document.documentElement.dataset.theme = chosen;
    }, theme);
    await page.waitForTimeout(600);
    await keep(page, name);
  } catch (error) {
    console.error(`${name}: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
  }
  if (more.isOut) await page.context().close();
}
await browser.close();
