import { expect, type Page, test } from '@playwright/test';
import { shoot } from './environment';

const SECOND = 'Practice Exchange 2';

function switcher(page: Page) {
  return page.getByRole('banner').getByRole('button', { name: /^Account: / });
}

async function tradeWith(page: Page, label: string): Promise<void> {
  await switcher(page).click();
  await page.getByRole('menuitem', { name: new RegExp(`^${label}(?! \\d)`) }).click();
  await expect(switcher(page)).toHaveAccessibleName(`Account: ${label}`);
}

test('two accounts are connected at once, and the header says and changes which one is traded with', async ({
  page,
}) => {
  await page.goto('/broker');
  const accounts = page.getByRole('list', { name: 'Broker accounts' });
  await expect(accounts.getByText('connected', { exact: true })).toHaveCount(1);
  const first = ((await switcher(page).getAttribute('aria-label')) ?? '').replace('Account: ', '');

  await page.getByRole('button', { name: 'Connect Practice Exchange' }).click();
  await expect(accounts.getByText('connected', { exact: true })).toHaveCount(2, { timeout: 30_000 });

  await tradeWith(page, SECOND);
  await page.goto('/orderbook');
  await expect(page.getByText('No orders')).toBeVisible();
  await shoot(page, 'second-account-1440');
  await tradeWith(page, first);
  await expect(page.getByRole('row').filter({ hasText: 'SBIN' }).first()).toBeVisible();
});
