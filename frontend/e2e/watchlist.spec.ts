import { expect, type Locator, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { sessionFile, shoot } from './environment';

const NAMES = ['RELIANCE', 'TCS', 'INFY'];

const listOf = (page: Page) => page.getByRole('region', { name: 'Watchlist' });
const line = (list: Locator, symbol: string) => list.locator(`[data-line="NSE:${symbol}"]`);
const shown = (list: Locator) =>
  list.locator('[data-line]').evaluateAll((lines) => lines.map((one) => one.getAttribute('data-line') ?? ''));

async function expectOrder(list: Locator, ...symbols: string[]): Promise<void> {
  await expect.poll(() => shown(list)).toEqual(symbols.map((symbol) => `NSE:${symbol}`));
}

/** By the mouse, as a hand does it: press, away, over the place, let go. */
async function drag(page: Page, from: Locator, to: Locator, part: number): Promise<void> {
  const [start, end] = [await from.boundingBox(), await to.boundingBox()];
  if (!start || !end) throw new Error('nothing to drag');
  await page.mouse.move(start.x + 30, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(start.x + 40, start.y + start.height / 2 + 8, { steps: 2 });
  await page.mouse.move(end.x + 30, end.y + end.height * part, { steps: 4 });
  await page.mouse.up();
}

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('a watchlist is arranged by mouse and keyboard, kept, and seen by a second browser at once', async ({
  page,
  browser,
}) => {
  const name = `List ${Date.now() % 100_000}`;
  await page.goto('/orderbook');
  const list = listOf(page);
  await list.getByRole('button', { name: 'New watchlist' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.keyboard.press('Enter');
  const box = list.getByRole('combobox', { name: 'Add to watchlist' });
  for (const symbol of NAMES) {
    await box.fill(symbol);
    await page.getByRole('option', { name: new RegExp(`^${symbol}\\s*NSE\\b`) }).click();
    await expect(line(list, symbol)).toBeVisible();
  }

  const context = await browser.newContext({ storageState: sessionFile });
  const second = await context.newPage();
  await second.goto('/orderbook');
  const other = listOf(second);
  await other.getByRole('tab', { name }).click();
  await expectOrder(other, ...NAMES);

  await drag(page, line(list, 'INFY'), line(list, 'RELIANCE'), 0.2);
  await expectOrder(list, 'INFY', 'RELIANCE', 'TCS');
  await expectOrder(other, 'INFY', 'RELIANCE', 'TCS');

  await line(list, 'INFY').focus();
  await page.keyboard.press('Alt+ArrowDown');
  await expectOrder(other, 'RELIANCE', 'INFY', 'TCS');
  await expect(line(list, 'INFY')).toBeFocused();

  await page.reload();
  await expectOrder(list, 'RELIANCE', 'INFY', 'TCS');
  expect(await violationsOf(page, { within: 'aside' })).toEqual([]);
  await shoot(page, 'watchlist-1440-dark');

  // What one browser takes away the other one may bring back.
  await list.getByRole('button', { name: `Options of ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete list' }).click();
  await expect(other.getByRole('tab', { name })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(other.getByRole('tab', { name })).toBeVisible();
  await other.getByRole('tab', { name }).click();
  await other.getByRole('button', { name: `Options of ${name}` }).click();
  await second.getByRole('menuitem', { name: 'Delete list' }).click();
  await context.close();
});
