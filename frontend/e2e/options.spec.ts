import { expect, type Page, test } from '@playwright/test';
import { showIn, violationsOf } from './accessibility';
import { shoot } from './environment';

// Flashes of prices beside the chain keep every frame busy; the spec waits for elements at rest.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** The whole installation: whoever comes after must find it as it was. */
async function trade(page: Page, mode: 'PAPER' | 'PRACTICE'): Promise<void> {
  await page.goto('/sandbox');
  const choice = page.getByRole('radiogroup', { name: 'Where orders go' });
  await choice.getByRole('radio', { name: mode === 'PAPER' ? 'Paper' : 'Practice' }).click();
  if (mode === 'PRACTICE') await page.getByRole('button', { name: 'Leave paper' }).click();
  await expect(page.getByRole('banner').getByText(mode, { exact: true })).toBeVisible();
}

/** The contract `steps` rows away from the money. */
async function contract(page: Page, steps: number, side: 'CE' | 'PE'): Promise<string> {
  const cells = page.locator(`td[data-cell$=":${side.toLowerCase()}"]`);
  const symbols = await cells.evaluateAll((found) =>
    found.map((cell) => (cell as HTMLElement).dataset.symbol ?? ''),
  );
  const money = await page
    .getByRole('row')
    .filter({ hasText: 'at the money' })
    .locator(`td[data-cell$=":${side.toLowerCase()}"]`)
    .getAttribute('data-symbol');
  const symbol = symbols[symbols.indexOf(money ?? '') + steps];
  if (!symbol) throw new Error(`no ${side} ${steps} strikes from the money`);
  return symbol;
}

test('an iron condor is collected in the chain, weighed, sent on paper and found in the book', async ({
  page,
}) => {
  await trade(page, 'PAPER');
  await page.evaluate(() => localStorage.removeItem('openalgo.basket'));
  await page.goto('/optionchain?underlying=NIFTY&exchange=NSE_INDEX&strikes=10');
  const chain = page.getByRole('table', { name: 'Option chain of NIFTY' });
  await expect(chain).toBeVisible();
  // The second expiry cannot end while the test runs.
  const second = page.getByRole('navigation', { name: 'Expiries' }).getByRole('link').nth(1);
  await second.click();
  await expect(second).toHaveAttribute('aria-current', 'true');
  await expect(page.getByText(/s old$/)).toBeVisible();
  await page.getByRole('radio', { name: 'Basket' }).click();
  await expect(chain.locator('td[data-cell$=":ce"] .tick').first()).toHaveText(/\d/);
  const legs = [
    ['Buy', await contract(page, -6, 'PE')],
    ['Sell', await contract(page, -3, 'PE')],
    ['Sell', await contract(page, 3, 'CE')],
    ['Buy', await contract(page, 6, 'CE')],
  ] as const;
  for (const [side, symbol] of legs.slice(0, 3)) {
    await chain
      .getByRole('row')
      .filter({ has: page.locator(`[data-symbol="${symbol}"]`) })
      .hover();
    await chain.getByRole('button', { name: `${side} ${symbol}` }).click();
  }
  // The last leg by keyboard alone.
  await chain.locator(`td[data-cell][data-symbol="${legs[3][1]}"]`).focus();
  await page.keyboard.press('b');
  await page.getByRole('link', { name: /^Basket\s*4$/ }).click();

  await expect(page.getByRole('list', { name: 'Legs' }).getByRole('listitem')).toHaveCount(4);
  const payoff = page.getByRole('region', { name: 'Payoff' });
  const fact = (name: string) =>
    payoff
      .locator('div')
      .filter({ has: page.getByText(name, { exact: true }) })
      .last();
  await expect(fact('Max profit')).toContainText('+');
  await expect(fact('Max loss')).toContainText('−');
  await expect(fact('Breakevens')).toContainText(/[\d,]+\.\d\d.*%[\d,]+\.\d\d.*%/s);
  await expect(fact('Margin needed')).toContainText('₹');
  await payoff.getByRole('slider', { name: /^Payoff at a price/ }).focus();
  await page.keyboard.press('ArrowRight');
  for (const theme of ['dark', 'light']) {
    await showIn(page, theme);
    await shoot(page, `basket-condor-1440-${theme}`);
    expect(await violationsOf(page, { within: '#page' }), theme).toEqual([]);
  }

  await page.getByRole('button', { name: 'Send PAPER basket (4)' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send 4 orders?' });
  expect(await violationsOf(page, { within: '[role=dialog]' })).toEqual([]);
  await dialog.getByRole('button', { name: 'Send PAPER basket' }).click();
  const results = page.getByRole('table', { name: 'Results' });
  await expect(results.getByText('Sent', { exact: true })).toHaveCount(4);
  await shoot(page, 'basket-results-1440');
  await page.getByRole('button', { name: 'Clear the basket' }).click();
  await page.getByRole('link', { name: 'Orders', exact: true }).click();
  const book = page.getByRole('table', { name: 'Orders' });
  for (const [, symbol] of legs) await expect(book.getByText(symbol, { exact: true })).toBeVisible();
  await trade(page, 'PRACTICE');
});
