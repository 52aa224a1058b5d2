import { expect, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { shoot } from './environment';

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

/** Every view of the operator's room, with what must be on it when its figures are there. */
const VIEWS: readonly (readonly [name: string, path: string, shown: RegExp])[] = [
  ['health', '/health', /store main/],
  ['health-history', '/health?view=history', /Free disk/],
  ['health-alarms', '/health?view=alarms', /Alarms/],
  ['health-queues', '/health?view=queues', /writer-traffic_logs/],
  ['latency', '/latency?view=request', /GET \/ui\/api/],
  ['traffic', '/traffic', /\/ui\/api\/bootstrap/],
  ['traffic-endpoints', '/traffic?view=endpoints', /\/ui\/api\/bootstrap/],
  ['logs', '/logs', /API log/],
  ['logs-program', '/logs?view=program&level=DEBUG', /Follow/],
  ['logs-errors', '/logs?view=errors', /Errors/],
  ['admin-freezes', '/admin', /BANKNIFTY/],
  ['admin-holidays', '/admin?view=holidays&year=2026', /Republic Day/],
  ['admin-timings', '/admin?view=timings', /continuous 09:15–15:30/],
  ['admin-bans', '/admin?view=bans', /No address is banned/],
  ['admin-retention', '/admin?view=retention', /Time lines of orders/],
  ['audit', '/audit', /Audit trail/],
];

test.use({ contextOptions: { reducedMotion: 'reduce' } });

async function open(page: Page, path: string, shown: RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
  await expect(page.getByText(shown).first()).toBeVisible();
}

test('every view of the operator’s room shows real figures and fits', async ({ page }) => {
  test.setTimeout(180_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  for (const [name, path, shown] of VIEWS) {
    await page.setViewportSize(WIDE);
    await open(page, path, shown);
    await shoot(page, `${name}-1440-dark`);
    await page.setViewportSize(NARROW);
    await shoot(page, `${name}-390-dark`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `${name} must not scroll sideways`).toBeLessThanOrEqual(0);
  }
  expect(complaints).toEqual([]);
});

test('a freeze quantity is changed, stands in the audit trail, and the chain is whole', async ({ page }) => {
  await page.setViewportSize(WIDE);
  await open(page, '/admin?q=FINNIFTY', /FINNIFTY/);
  await page.getByRole('button', { name: 'Edit FINNIFTY' }).click();
  const box = page.getByRole('textbox', { name: 'Largest quantity of one order, units' });
  const before = await box.inputValue();
  expect(await violationsOf(page)).toEqual([]);
  await box.fill('1777');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /FINNIFTY 1,777/ })).toBeVisible();
  await page.goto('/audit?q=FINNIFTY');
  await expect(page.getByText(`${before} → 1777`).first()).toBeVisible();
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await expect(page.getByText(/The trail is whole/)).toBeVisible();
  await page.goto('/admin?q=FINNIFTY');
  await page.getByRole('button', { name: 'Edit FINNIFTY' }).click();
  await box.fill(before);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /FINNIFTY 1,777/ })).toBeHidden();
});
