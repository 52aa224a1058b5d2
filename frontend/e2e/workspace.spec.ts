import { expect, type Locator, type Page, test } from '@playwright/test';
import { showIn, violationsOf } from './accessibility';
import { shoot, symbol } from './environment';

const watched = (page: Page) =>
  page
    .getByRole('region', { name: 'Watchlist' })
    .locator(`[data-symbol="${symbol}"][data-exchange="NSE"]`)
    .first();
const ticket = (page: Page) => page.getByRole('region', { name: `Order ticket ${symbol}` });

/** Brings a control under the focus and presses a key, as who never touches the mouse does. */
async function press(target: Locator, key: string): Promise<void> {
  await target.focus();
  await target.press(key);
}

async function lastPrice(page: Page): Promise<number> {
  const text = page.getByRole('table', { name: `Market depth of ${symbol}` }).locator('.tick.text-base');
  await expect(text).toHaveText(/\d\.\d\d/);
  return Number((await text.textContent())?.replaceAll(',', ''));
}

test('an order is placed, changed, cancelled and a position closed without the mouse', async ({ page }) => {
  await page.goto('/trade');
  await watched(page).focus();
  await expect(page.getByRole('table', { name: `Market depth of ${symbol}` })).toBeVisible();
  await expect(page.getByRole('application', { name: new RegExp(`^Chart of ${symbol}`) })).toBeVisible();
  const limit = (Math.round((await lastPrice(page)) * 0.97 * 20) / 20).toFixed(2);

  await page.keyboard.press('Shift+B');
  await expect(ticket(page).getByLabel('Quantity', { exact: true })).toBeFocused();
  await page.keyboard.type('3');
  await page.keyboard.press('Tab');
  await expect(ticket(page).getByLabel('Price', { exact: true })).not.toHaveValue('');
  await page.keyboard.press('Control+a');
  await page.keyboard.type(limit);
  await page.keyboard.press('Enter');
  await expect(watched(page)).toBeFocused();

  await press(page.getByRole('tab', { name: 'Positions' }), 'ArrowRight');
  const order = page
    .getByRole('table', { name: 'Orders' })
    .getByRole('row')
    .filter({ hasText: symbol })
    .filter({ hasText: 'open' });
  await expect(order).toHaveCount(1);
  await press(order.getByRole('button', { name: new RegExp(`^Modify ${symbol} order`) }), 'Enter');
  const dialog = page.getByRole('dialog', { name: `Modify BUY ${symbol}` });
  await dialog.getByLabel('Quantity', { exact: true }).focus();
  await page.keyboard.type('4');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(order).toContainText('/ 4');
  await press(order.getByRole('button', { name: new RegExp(`^Cancel ${symbol} order`) }), 'Enter');
  await expect(order).toHaveCount(0);

  await watched(page).focus();
  await page.keyboard.press('b');
  await expect(ticket(page).getByLabel('Quantity', { exact: true })).toBeFocused();
  await press(ticket(page).getByRole('radio', { name: 'MIS' }), 'Space');
  await ticket(page).getByLabel('Quantity', { exact: true }).focus();
  await page.keyboard.type('2');
  await page.keyboard.press('Enter');
  await press(page.getByRole('tab', { name: 'Orders' }), 'ArrowLeft');
  await press(page.getByRole('button', { name: `Close ${symbol} MIS` }), 'Enter');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close position' }).press('Enter');
  await expect(page.getByRole('button', { name: `Close ${symbol} MIS` })).toBeHidden();
});

test('a layout is moved, saved under a name, and the same after a reload', async ({ page }) => {
  await page.goto('/trade');
  await watched(page).click();
  await expect(page.getByRole('table', { name: `Market depth of ${symbol}` })).toBeVisible();
  const kept = () =>
    page.waitForResponse((answer) => answer.url().endsWith('/preferences/documents/layouts') && answer.ok());
  await page.getByRole('button', { name: /^Layout: / }).click();
  await page.getByRole('menuitem', { name: 'Save as…' }).click();
  await page.getByRole('dialog').getByLabel('Name of the layout').fill('Morning');
  const named = kept();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await named;

  const list = page.getByRole('region', { name: 'Watchlist' });
  const before = (await list.boundingBox())?.width ?? 0;
  const moved = kept();
  for (let step = 0; step < 2; step += 1)
    await press(page.getByRole('separator', { name: 'Resize the panels' }).first(), 'ArrowRight');
  await moved;
  const collapsed = kept();
  await page.getByRole('button', { name: 'Ticket', exact: true }).click();
  await collapsed;
  await expect(ticket(page)).toBeHidden();
  const width = (await list.boundingBox())?.width ?? 0;
  expect(width).toBeGreaterThan(before + 50);

  await page.reload();
  await expect(page.getByRole('button', { name: 'Layout: Morning' })).toBeVisible();
  await expect(page.getByRole('table', { name: `Market depth of ${symbol}` })).toBeVisible();
  expect(Math.abs(((await list.boundingBox())?.width ?? 0) - width)).toBeLessThan(3);
  await expect(ticket(page)).toBeHidden();
  await page.getByRole('button', { name: 'Ticket', exact: true }).click();
  await expect(ticket(page)).toBeVisible();

  for (const theme of ['dark', 'light']) {
    await showIn(page, theme);
    expect(await violationsOf(page, { within: '#page' }), theme).toEqual([]);
    await shoot(page, `trade-1440-${theme}`);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('tab', { name: 'Depth' }).click();
  await expect(page.getByRole('table', { name: `Market depth of ${symbol}` })).toBeVisible();
  expect(await violationsOf(page, { within: '#page' }), 'phone').toEqual([]);
  await shoot(page, 'trade-390');

  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Layout: Morning' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const gone = kept();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete layout' }).click();
  await gone;
});
