import { expect, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { shoot, symbol } from './environment';

test.use({
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  contextOptions: { reducedMotion: 'reduce' },
});

test('a thumb finds an instrument, buys, sees the position and closes it', async ({ page }) => {
  await page.goto('/trade');
  const list = page.getByRole('region', { name: 'Watchlist' });
  const row = list.locator(`[data-symbol="${symbol}"][data-exchange="NSE"]`).first();
  await expect(row.locator('.tick.font-medium')).toHaveText(/\d\.\d\d/);
  const names = list.locator('[data-symbol] span.font-medium:not(.tick)');
  const cut = await names.evaluateAll((spans) =>
    spans.flatMap(({ textContent, parentElement: cell }) =>
      cell && cell.scrollWidth > cell.clientWidth ? [textContent] : [],
    ),
  );
  expect(cut, 'names are whole beside the buttons').toEqual([]);

  await row.getByRole('button', { name: `Buy ${symbol}` }).tap();
  const ticket = page.getByRole('dialog', { name: `Order ticket ${symbol}` });
  await ticket.getByRole('radio', { name: 'MIS' }).tap();
  await ticket.getByLabel('Quantity', { exact: true }).fill('2');
  expect(await violationsOf(page, { within: '[role=dialog]' })).toEqual([]);
  await shoot(page, 'phone-ticket-390');
  await ticket.getByRole('button', { name: /^Place \w+ BUY$/ }).tap();
  await expect(ticket).toBeHidden();

  const bar = page.getByRole('navigation', { name: 'Main' });
  await bar.getByRole('link', { name: 'Positions' }).tap();
  const card = page
    .getByRole('listitem')
    .filter({ hasText: `${symbol} NSE` })
    .filter({ hasText: 'MIS' });
  await expect(card).toContainText('+2');
  await shoot(page, 'phone-positions-390');
  await card.getByRole('button', { name: /^Close/ }).tap();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close position' }).tap();
  await expect(card.getByRole('button', { name: /^Close/ })).toBeHidden();

  await bar.getByRole('button', { name: 'More' }).tap();
  await page.getByRole('menuitem', { name: 'GTT orders' }).tap();
  await expect(page.getByRole('heading', { level: 1, name: 'GTT orders' })).toBeVisible();
});
