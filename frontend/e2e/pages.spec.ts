import { expect, type Locator, type Page, test } from '@playwright/test';
import { showIn, violationsOf } from './accessibility';
import { PAGES, shoot, symbol } from './environment';

const SIZES = [
  { name: '1440', width: 1440, height: 900 },
  { name: '390', width: 390, height: 844 },
] as const;

const WITH_DESK = 'dashboard';

/** Anything the page complains about: script errors and content-policy violations above all. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}

/** A row of the watchlist that can be traded; the first ones are indices. */
function tradable(page: Page): Locator {
  return page
    .getByRole('region', { name: 'Watchlist' })
    .getByRole('listitem')
    .filter({ hasText: symbol })
    .first();
}

// Flashes are a quarter-second tint; without motion every measurement sees the page at rest.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

for (const [name, path] of PAGES) {
  test(`${name} is accessible and fits, wide and narrow, dark and light`, async ({ page }) => {
    const complaints = complaintsOf(page);
    await page.goto(path);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
      await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
      await expect(page.getByText('Feed live')).toBeVisible();
      for (const theme of ['dark', 'light']) {
        await showIn(page, theme);
        await shoot(page, `${name}-${size.name}-${theme}`);
        // A theme changes colours and nothing else, and both sizes take them from one table.
        if (theme === 'light' && size.name === '390') continue;
        const rule = theme === 'light' ? 'color-contrast' : undefined;
        // The desk around the pages is the same for all of them: one of them is looked at with it.
        const within = name === WITH_DESK ? undefined : '#page';
        expect(await violationsOf(page, { rule, within }), `${size.name} px, ${theme}`).toEqual([]);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, 'the page must not scroll sideways').toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });
}

test('the ticket and the palette are accessible in both themes', async ({ page }) => {
  await page.goto('/dashboard');
  await expect(page.getByText('Feed live')).toBeVisible();
  await tradable(page).focus();
  await page.keyboard.press('Shift+B');
  const ticket = page.getByRole('dialog', { name: /^Order ticket/ });
  await expect(ticket.getByRole('table', { name: 'Market depth' })).toBeVisible();
  await expect(ticket.getByLabel('Price', { exact: true })).toHaveValue(/\d/);
  for (const theme of ['dark', 'light']) {
    await showIn(page, theme);
    await shoot(page, `ticket-1440-${theme}`);
    expect(await violationsOf(page, { within: '[role=dialog]' }), `ticket, ${theme}`).toEqual([]);
  }
  await page.keyboard.press('Escape');
  await expect(ticket).toBeHidden();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/Go to a page/).fill('sell');
  for (const theme of ['dark', 'light']) {
    await showIn(page, theme);
    await shoot(page, `palette-1440-${theme}`);
    expect(await violationsOf(page, { within: '[role=dialog]' }), `palette, ${theme}`).toEqual([]);
  }
});

test('a GTT is set and withdrawn in an accessible dialog', async ({ page }) => {
  await page.goto('/gtt');
  await expect(page.getByText('Feed live')).toBeVisible();
  await page.getByRole('button', { name: 'New GTT' }).click();
  const dialog = page.getByRole('dialog', { name: 'New GTT' });
  await dialog.getByRole('combobox', { name: 'Instrument' }).fill(symbol);
  await dialog.getByRole('option').first().click();
  await expect(dialog.getByRole('textbox', { name: 'Quantity' })).toHaveValue(/\d/);
  await dialog.getByRole('radio', { name: 'Either (OCO)' }).click();
  for (const [label, price] of [
    ['Falls to', '10'],
    ['Rises to', '99999'],
  ] as const) {
    await dialog.getByRole('textbox', { name: label }).fill(price);
  }
  for (const box of await dialog.getByRole('textbox', { name: 'Then order at' }).all()) await box.fill('10');
  for (const theme of ['dark', 'light']) {
    await showIn(page, theme);
    await shoot(page, `gtt-dialog-1440-${theme}`);
    expect(await violationsOf(page, { within: '[role=dialog]' }), `GTT dialog, ${theme}`).toEqual([]);
  }
  await dialog.getByRole('button', { name: /^Set \w+ GTT$/ }).click();
  await expect(dialog).toBeHidden();
  const book = page.getByRole('table', { name: 'GTT orders' });
  await expect(book.getByText('10.00 / 99,999.00')).toBeVisible();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await shoot(page, `gtt-row-${size.name}`);
    expect(await violationsOf(page, { within: '#page' }), `GTT row, ${size.name} px`).toEqual([]);
  }
  await page.setViewportSize(SIZES[0]);
  await page.getByRole('button', { name: /^Withdraw GTT/ }).click();
  await expect(page.getByText('No GTT waits')).toBeVisible();
});

/** Rows of a day that is always the present one: the books of a new day are empty. */
function dayOf(rows: number) {
  const each = <Row>(row: (index: number) => Row) => Array.from({ length: rows }, (_, index) => row(index));
  const instrument = { exchange: 'NSE', product: 'MIS', strategy: 'Desk' };
  const fill = { ...instrument, action: 'BUY', quantity: 10, timestamp: '2026-11-21 10:00:00' };
  const orders = each((index) => ({
    ...fill,
    orderid: `2611211${index + 100_000}`,
    symbol,
    price: 100 + index,
    trigger_price: 0,
    pricetype: index % 2 ? 'LIMIT' : 'MARKET',
    product: index % 3 ? 'MIS' : 'CNC',
    exchange: index % 5 ? 'NSE' : 'BSE',
    strategy: index % 4 ? 'Desk' : 'Breakout',
    order_status: index % 2 ? 'open' : 'complete',
    average_price: 0,
    filled_quantity: 0,
    pending_quantity: 10,
    rejection_reason: '',
  }));
  const trades = each((index) => ({
    ...fill,
    orderid: `2611211${index + 100_000}`,
    symbol,
    average_price: 100 + index,
    trade_value: 1000,
  }));
  const positions = each((index) => ({
    ...instrument,
    symbol: `${symbol}${index}`,
    product: index % 2 ? 'MIS' : 'NRML',
    quantity: index % 2 ? 10 : -10,
    average_price: 100,
    ltp: 101,
    pnl: 10,
  }));
  return { '/orders': { orders, statistics: {} }, '/trades': trades, '/positions': positions };
}

test('every book shows at least 24 rows on a tall screen, below one row of tools', async ({ page }) => {
  for (const [path, data] of Object.entries(dayOf(60)))
    await page.route(`**/ui/api${path}`, (route) => route.fulfill({ json: { status: 'success', data } }));
  for (const [path, name] of [
    ['/orderbook', 'Orders'],
    ['/positions', 'Positions'],
    ['/tradebook', 'Trades'],
  ] as const) {
    await page.goto(path);
    const table = page.getByRole('table', { name });
    await expect(table).toBeVisible();
    const header = await page.getByRole('banner').boundingBox();
    expect(header?.height).toBeLessThanOrEqual(48);
    const tools = await page
      .getByRole('region', { name, exact: true })
      .getByRole('button', { name: 'Columns' })
      .boundingBox();
    const heading = await page.getByRole('heading', { level: 1, name }).boundingBox();
    expect(tools?.y, `${name}: one row`).toBeLessThan((heading?.y ?? 0) + (heading?.height ?? 0));
    const room = await table.evaluate((element) => {
      const row = element.querySelector('tbody tr')?.getBoundingClientRect().height ?? 0;
      const head = element.querySelector('thead')?.getBoundingClientRect().height ?? 0;
      return ((element.parentElement?.clientHeight ?? 0) - head) / row;
    });
    expect(room, name).toBeGreaterThanOrEqual(24);
  }
  const rail = page.getByRole('navigation', { name: 'Main' });
  expect(
    await rail.evaluate((nav) => nav.scrollHeight - nav.clientHeight),
    'the rail fits',
  ).toBeLessThanOrEqual(0);
});

test('a price that ticks renders nothing but its cell', async ({ page }) => {
  await page.goto('/dashboard');
  const list = page.getByRole('region', { name: 'Watchlist' });
  await expect(list.locator('.tick').first()).toHaveText(/\d/);
  const changed = await list.evaluate(
    (element) =>
      new Promise<string[]>((resolve) => {
        const names = new Set<string>();
        const observer = new MutationObserver((records) => {
          for (const { target } of records) {
            const node = target instanceof Element ? target : target.parentElement;
            names.add(node?.closest('.tick') ? 'tick' : (node?.outerHTML.slice(0, 80) ?? 'gone'));
          }
        });
        observer.observe(element, { subtree: true, childList: true, characterData: true });
        setTimeout(() => resolve([...names]), 1500);
      }),
  );
  expect(changed).toEqual(['tick']);
});

test('an offline browser says so and takes no orders', async ({ page, context }) => {
  await page.goto('/dashboard');
  await expect(page.getByText('Feed live')).toBeVisible();
  await tradable(page).focus();
  await page.keyboard.press('b');
  await expect(page.getByRole('button', { name: /^Place/ })).toBeEnabled();
  await context.setOffline(true);
  await expect(page.getByText('This browser is offline')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Place/ })).toBeDisabled();
  await context.setOffline(false);
});

test('a long book keeps its symbols readable beside the docked watchlist', async ({ page }) => {
  await page.route('**/ui/api/orders', async (route) => {
    const order = {
      symbol: 'NIFTY24DEC2625400CE',
      exchange: 'NFO',
      action: 'BUY',
      quantity: 75,
      price: 101.5,
      trigger_price: 0,
      pricetype: 'LIMIT',
      product: 'NRML',
      order_status: 'open',
      average_price: 0,
      filled_quantity: 0,
      pending_quantity: 75,
      rejection_reason: '',
      strategy: 'Desk',
      timestamp: '2026-11-21 10:00:00',
    };
    const orders = Array.from({ length: 5000 }, (_, index) => ({
      ...order,
      orderid: `26112110${index + 100_000}`,
    }));
    await route.fulfill({ json: { status: 'success', data: { orders, statistics: {} } } });
  });
  await page.goto('/orderbook');
  const table = page.getByRole('table', { name: 'Orders' });
  await expect(table).toHaveAttribute('aria-rowcount', '5001');
  const symbol = table.locator('tbody tr[data-symbol]').first().locator('td').nth(2);
  const width = await symbol.evaluate((cell) => ({ has: cell.clientWidth, needs: cell.scrollWidth }));
  expect(width.needs).toBeLessThanOrEqual(width.has);
  expect(await table.locator('tbody tr[data-symbol]').count()).toBeLessThan(80);
});
