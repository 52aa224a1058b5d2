import { expect, type Page, test } from '@playwright/test';
import { email, password, sessionFile, setupToken, shoot, symbol, user } from './environment';

async function enter(page: Page): Promise<void> {
  await page.goto('/');
  const heading = page.getByRole('heading', { level: 1, name: /Set up your desk|Sign in/ });
  await expect(heading).toBeVisible();
  const isSetup = (await heading.textContent()) === 'Set up your desk';
  await shoot(page, `${isSetup ? 'setup' : 'login'}-1440`);
  await page.getByLabel('Username').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  if (isSetup) {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Repeat password').fill(password);
    if (setupToken) await page.getByLabel('Setup token').fill(setupToken);
  }
  await page.getByRole('button', { name: isSetup ? 'Create account' : 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
}

async function connectPracticeExchange(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('menuitem', { name: 'Broker accounts' }).click();
  const accounts = page.getByRole('list', { name: 'Broker accounts' });
  const connected = accounts.getByText('connected', { exact: true });
  await expect(page.getByRole('list', { name: 'Brokers', exact: true })).toBeVisible();
  if (!(await connected.count()))
    await page.getByRole('button', { name: 'Connect Practice Exchange' }).click();
  await expect(connected).toBeVisible({ timeout: 60_000 });
  await expect(accounts).toContainText(/[\d,]+ contracts/, { timeout: 60_000 });
}

async function watch(page: Page): Promise<void> {
  const list = page.getByRole('region', { name: 'Watchlist' });
  const row = list.getByRole('listitem').filter({ hasText: symbol }).filter({ hasText: 'NSE' }).first();
  if (!(await row.count())) {
    await list.getByRole('combobox', { name: 'Add to watchlist' }).fill(symbol);
    await page
      .getByRole('option', { name: new RegExp(`^${symbol}\\s*NSE\\b`) })
      .first()
      .click();
  }
  const price = row.locator('.tick').first();
  await expect(price).toHaveText(/\d\.\d\d/);
  const first = await price.textContent();
  await expect(price, 'the price must move without a reload').not.toHaveText(first ?? '', {
    timeout: 30_000,
  });
}

/** Ctrl K, type, Enter, Enter: no mouse. */
async function buyByKeyboard(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/Go to a page/).fill(`buy 10 ${symbol}`);
  await expect(
    page.getByRole('option', { name: new RegExp(`BUY\\s*10\\s*${symbol}\\s*NSE\\b`) }).first(),
  ).toBeVisible();
  const options = page.getByRole('option');
  for (let index = 0; index < (await options.count()); index += 1) {
    if (new RegExp(`${symbol}\\s*NSE\\b`).test((await options.nth(index).textContent()) ?? '')) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  const ticket = page.getByRole('dialog', { name: `Order ticket ${symbol}` });
  await expect(ticket.getByLabel('Quantity', { exact: true })).toBeFocused();
  await ticket.getByRole('radio', { name: 'MIS' }).click();
  await ticket.getByLabel('Quantity', { exact: true }).focus();
  await expect(ticket.getByRole('button', { name: /^Place (LIVE|PAPER|PRACTICE) BUY$/ })).toBeEnabled();
  await page.keyboard.press('Enter');
  await expect(ticket).toBeHidden();
}

test('a newcomer sets up, connects the practice exchange, trades and closes without a reload', async ({
  page,
}) => {
  await enter(page);
  await connectPracticeExchange(page);
  await page.evaluate(() => {
    (window as unknown as { isSamePage: boolean }).isSamePage = true;
  });
  await watch(page);

  await page.getByRole('link', { name: 'Positions' }).click();
  await expect(page.getByRole('heading', { name: 'Positions' })).toBeVisible();
  const position = page
    .getByRole('table', { name: 'Positions' })
    .getByRole('row')
    .filter({ hasText: `${symbol} NSE` })
    .filter({ hasText: 'MIS' });
  await buyByKeyboard(page);
  await expect(position).toContainText('+10');
  await expect(page.getByText(`Filled: BUY 10 ${symbol}`)).toBeVisible();

  await page.getByRole('button', { name: `Close ${symbol} MIS` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close position' }).click();
  await expect(position.getByRole('button', { name: /^Close/ })).toBeHidden();
  await expect(position).not.toContainText('+10');

  await page.getByRole('link', { name: 'Orders' }).click();
  const orders = page.getByRole('table', { name: 'Orders' });
  await expect(
    orders.getByRole('row').filter({ hasText: symbol }).filter({ hasText: 'complete' }),
  ).not.toHaveCount(0);
  await page.getByRole('link', { name: 'Trades' }).click();
  await expect(
    page.getByRole('table', { name: 'Trades' }).getByRole('row').filter({ hasText: symbol }),
  ).not.toHaveCount(0);

  expect(await page.evaluate(() => (window as unknown as { isSamePage?: boolean }).isSamePage)).toBe(true);
  await page.context().storageState({ path: sessionFile });
});
