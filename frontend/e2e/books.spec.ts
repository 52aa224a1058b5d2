import { type Browser, expect, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { baseUrl, password, shoot, symbol, user } from './environment';

/** A write of the browser API in the page's own session. */
async function send(page: Page, method: string, path: string, body: object = {}): Promise<unknown> {
  return page.evaluate(
    async ([verb, where, fields]) => {
      const { data } = await (await fetch('/ui/api/bootstrap')).json();
      const answer = await fetch(`/ui/api${where}`, {
        method: verb,
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': data.csrf_token },
        body: JSON.stringify(fields),
      });
      if (!answer.ok) throw new Error(`${verb} ${where}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()).data;
    },
    [method, path, body] as const,
  );
}

async function lastPrice(page: Page): Promise<number> {
  const [quote] = (await send(page, 'POST', '/quotes', { symbols: [{ symbol, exchange: 'NSE' }] })) as {
    data: { ltp: number };
  }[];
  if (!quote) throw new Error('no quote');
  return quote.data.ltp;
}

const ORDER = { symbol, exchange: 'NSE', action: 'BUY', product: 'MIS' };

test('marked orders are withdrawn together after a look at the list', async ({ page }) => {
  await page.goto('/orderbook');
  const price = Math.round((await lastPrice(page)) * 0.95);
  for (const quantity of [3, 4, 5]) {
    await send(page, 'POST', '/orders', { ...ORDER, quantity, pricetype: 'LIMIT', price });
  }
  await page.goto(`/orderbook?status=open&q=${symbol}`);
  const table = page.getByRole('table', { name: 'Orders' });
  const rows = table.locator('tbody tr[data-key]');
  await expect(rows).toHaveCount(3);
  await rows.first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Cancel selected (2)' }).click();
  const question = page.getByRole('alertdialog');
  await expect(question.getByRole('listitem')).toHaveCount(2);
  expect(await violationsOf(page, { within: '[role=alertdialog]' })).toEqual([]);
  await question.getByRole('button', { name: 'Cancel these orders' }).click();
  const results = page.getByRole('dialog', { name: 'All 2 done' });
  await expect(results.getByText('cancelled', { exact: true })).toHaveCount(2);
  await shoot(page, 'bulk-cancel-1440');
  expect(await violationsOf(page, { within: '[role=dialog]' })).toEqual([]);
  await results.getByRole('button', { name: 'Done' }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole('button', { name: 'Cancel filtered (1)' }).click();
  await question.getByRole('button', { name: 'Cancel these orders' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(rows).toHaveCount(0);
});

async function secondSession(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: baseUrl, storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto('/');
  await page.getByLabel('Username').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  return page;
}

test('an order that waits appears in both sessions, and the second one approves it', async ({
  page,
  browser,
  request,
}) => {
  await page.goto('/action-center');
  await expect(page.getByRole('heading', { name: 'Action centre' })).toBeVisible();
  const { api_key } = (await send(page, 'POST', '/apikey')) as { api_key: string };
  await send(page, 'PUT', '/apikey/mode', { order_mode: 'semi_auto' });
  const second = await secondSession(browser);
  try {
    await second.goto('/action-center');
    const queued = await request.post(`${baseUrl}/api/v1/placeorder`, {
      data: { ...ORDER, apikey: api_key, strategy: 'second-look', quantity: 7, pricetype: 'MARKET' },
    });
    expect(queued.ok(), await queued.text()).toBe(true);
    const waiting = (desk: Page) =>
      desk.getByRole('table', { name: 'Waiting orders' }).getByRole('row').filter({ hasText: symbol });
    await expect(waiting(page)).toHaveCount(1);
    await expect(waiting(second)).toHaveCount(1);
    await waiting(second).focus();
    await second.keyboard.press('Enter');
    const question = second.getByRole('alertdialog');
    await expect(question.getByRole('listitem')).toContainText(symbol);
    await question.getByRole('button', { name: 'Approve and send' }).click();
    await expect(second.getByRole('dialog', { name: 'All 1 done' })).toContainText('sent');
    await expect(page.getByText('No orders wait for you'), 'the first session hears of it').toBeVisible();
    await page.goto(`/tradebook?strategy=second-look`);
    await expect(page.getByRole('table', { name: 'Trades' }).getByRole('row')).not.toHaveCount(0);
  } finally {
    await send(page, 'PUT', '/apikey/mode', { order_mode: 'auto' });
    await send(page, 'POST', '/positions/close', { symbol, exchange: 'NSE', product: 'MIS' });
    await second.context().close();
  }
});
