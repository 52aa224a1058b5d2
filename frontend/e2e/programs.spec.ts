import { expect, type Page, test } from '@playwright/test';
import { password, shoot } from './environment';

const mark = Date.now().toString(36);

async function inDialog(page: Page, name: string | RegExp) {
  const dialog = page.getByRole('dialog', { name });
  await expect(dialog).toBeVisible();
  return dialog;
}

async function strategyOf(page: Page): Promise<void> {
  await page.goto('/strategies');
  await page.getByRole('button', { name: 'New strategy' }).click();
  const form = await inDialog(page, 'New strategy');
  await form.getByLabel('Name').fill(`Run ${mark}`);
  await form.getByRole('radio', { name: 'BOTH' }).click();
  await form.getByRole('button', { name: 'Create strategy' }).click();
  await expect(page.getByRole('status', { name: 'Webhook URL' })).toContainText('/webhook/');
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('button', { name: 'Add several' }).click();
  const lines = await inDialog(page, 'Add several');
  await lines.getByLabel('Lines').fill('SBIN, NSE, 10, MIS\nINFY, NSE, 5, MIS');
  await lines.getByRole('button', { name: 'Add all' }).click();
  const symbols = page.getByRole('table', { name: 'Symbols' });
  await expect(symbols.getByRole('row')).toHaveCount(3);
  await symbols.getByRole('button', { name: 'Remove INFY' }).click();
  await expect(symbols.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: /^Switch .* off$/ }).click();
  await expect(page.getByRole('button', { name: /^Switch .* on$/ })).toBeVisible();
  await shoot(page, 'strategy-1440');
}

test('a strategy, an API key and a user are made, changed and taken back', async ({ page }) => {
  await strategyOf(page);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete strategy' }).click();
  await expect(page.getByRole('heading', { name: 'Webhook strategies' })).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(`Run ${mark}`) })).toHaveCount(0);

  await page.goto('/apikey');
  await page.getByRole('button', { name: 'New key' }).click();
  const key = await inDialog(page, 'New API key');
  await key.getByLabel('Name').fill(`reader-${mark}`);
  await key.getByLabel('It may').selectOption('read');
  await key.getByRole('button', { name: 'Create key' }).click();
  await expect(page.getByRole('status', { name: 'New key' })).toHaveText(/^[0-9a-f]{64}$/);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: `Revoke reader-${mark}` }).click();
  await page.getByRole('button', { name: 'Revoke key' }).click();
  await expect(page.getByRole('button', { name: `Revoke reader-${mark}` })).toHaveCount(0);

  await page.goto('/profile?section=users');
  await page.getByRole('button', { name: 'New user' }).click();
  const user = await inDialog(page, 'New user');
  await user.getByLabel('Username').fill(`meera-${mark}`);
  await user.getByLabel('E-mail').fill(`meera-${mark}@example.test`);
  await user.getByLabel('Your password').fill(password);
  await user.getByRole('button', { name: 'Create user' }).click();
  await expect(page.getByRole('status', { name: 'Invitation link' })).toContainText(/reset-password/);
  await page.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name: new RegExp(`^meera-${mark}`) });
  await expect(row).toContainText('invited');
  await shoot(page, 'users-1440');
  await page.getByRole('button', { name: `Actions for meera-${mark}` }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  const act = page.getByRole('dialog');
  await act.getByLabel('Your password').fill(password);
  await act.getByRole('button', { name: /^Disable/ }).click();
  await expect(row).toContainText('disabled');
});
