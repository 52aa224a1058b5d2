// Pans a chart of 50,000 bars against a running desk and says how smooth it was.
// BARS=500 beside it shows what the number of bars costs.
// BASE_URL=http://127.0.0.1:5000 E2E_USER=demo E2E_PASSWORD=… node scripts/measure-chart.mjs
import { chromium } from 'playwright-core';

const base = process.env.BASE_URL ?? 'http://127.0.0.1:5000';
const BARS = Number(process.env.BARS ?? 50_000);
const SECONDS = 5;

function invented() {
  const last = Math.floor(Date.now() / 60_000) * 60 - 86_400;
  let close = 700;
  return Array.from({ length: BARS }, (_, index) => {
    const open = close;
    close = Math.max(1, open + Math.sin(index * 12.9898) * 0.8);
    const timestamp = last - (BARS - index) * 60;
    return {
      timestamp,
      open,
      close,
      high: Math.max(open, close) + 0.2,
      low: Math.min(open, close) - 0.2,
      volume: 1000,
      oi: 0,
    };
  });
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(base);
await page.getByLabel('Username').fill(process.env.E2E_USER ?? 'demo');
await page.getByLabel('Password', { exact: true }).fill(process.env.E2E_PASSWORD ?? '');
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('navigation', { name: 'Main' }).waitFor();

let asked = 0;
await page.route('**/ui/api/history*', async (route) => {
  asked += 1;
  const { searchParams } = new URL(route.request().url());
  const isForming = searchParams.get('start_date') === searchParams.get('end_date');
  if (isForming) return route.continue();
  await route.fulfill({ json: { status: 'success', data: asked <= 3 ? invented() : [] } });
});
await page.goto(`${base}/chart?symbol=SBIN&exchange=NSE&interval=1m`);
const chart = page.getByRole('application');
await page
  .getByTestId('legend')
  .filter({ hasText: /C [\d,.]+/ })
  .waitFor();
// Zoomed out to a few thousand bars: the hardest view to draw.
await chart.focus();
for (let press = 0; press < 12; press += 1) await page.keyboard.press('-');
const box = await chart.boundingBox();
if (!box) throw new Error('the chart is not on screen');

const devtools = await page.context().newCDPSession(page);
await devtools.send('Performance.enable');
const metrics = async () =>
  Object.fromEntries(
    (await devtools.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]),
  );
const before = await metrics();
// The panning is done in the page, one step a frame, so that the driver's own pace does not count.
const frames = await chart.evaluate(async (element, seconds) => {
  const canvas = element.querySelector('canvas:last-of-type') ?? element;
  const { left, top, width, height } = element.getBoundingClientRect();
  const y = top + height / 3;
  const at = (type, x, target) =>
    target.dispatchEvent(
      new MouseEvent(type, {
        clientX: x,
        clientY: y,
        button: 0,
        buttons: 1,
        bubbles: true,
        cancelable: true,
      }),
    );
  const surface = document.elementFromPoint(left + width / 3, y) ?? canvas;
  at('mouseenter', left + 100, surface);
  at('mousedown', left + 100, surface);
  const times = [];
  const end = performance.now() + seconds * 1000;
  let x = left + 100;
  let step = 9;
  await new Promise((resolve) => {
    const move = (now) => {
      times.push(now);
      x += step;
      if (x > left + width - 150 || x < left + 100) step = -step;
      at('mousemove', x, document.documentElement);
      if (now < end) requestAnimationFrame(move);
      else resolve();
    };
    requestAnimationFrame(move);
  });
  at('mouseup', x, document.documentElement);
  return times;
}, SECONDS);
const after = await metrics();
const gaps = frames
  .slice(1)
  .map((time, index) => time - frames[index])
  .sort((a, b) => a - b);
const script = ((after.ScriptDuration - before.ScriptDuration) * 1000) / frames.length;
const task = ((after.TaskDuration - before.TaskDuration) * 1000) / frames.length;
console.log(
  `${BARS} bars, ${frames.length} frames in ${SECONDS} s: ${(frames.length / SECONDS).toFixed(1)} frames/s`,
);
console.log(
  `gap p50 ${gaps[Math.floor(gaps.length / 2)].toFixed(1)} ms, p95 ${gaps[Math.floor(gaps.length * 0.95)].toFixed(1)} ms`,
);
console.log(`main thread ${task.toFixed(1)} ms a frame, of it script ${script.toFixed(1)} ms`);
await page.screenshot({ path: process.env.SCREENSHOT ?? 'test-results/measure-chart.png' });
await browser.close();
