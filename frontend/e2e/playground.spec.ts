import { expect, type Page, test } from '@playwright/test';
import { showIn, violationsOf } from './accessibility';
import { password, shoot, symbol } from './environment';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** The key of a new installation, made on its own page when there is none. */
async function haveKey(page: Page): Promise<void> {
  await page.goto('/apikey');
  const create = page.getByRole('button', { name: 'Create API key' });
  await expect(create.or(page.getByRole('button', { name: 'Replace', exact: true }))).toBeVisible();
  if (await create.isVisible()) await create.click();
  await expect(page.getByRole('button', { name: 'Replace', exact: true })).toBeVisible();
}

test('a call is sent with the own key, its answer read, and a tick streamed', async ({ page }) => {
  await haveKey(page);
  await page.goto('/playground');
  await page.getByRole('textbox', { name: /^symbol/ }).fill(symbol);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Unlock and send' }).click();
  const answer = page.getByRole('region', { name: 'Answer' });
  await expect(answer.getByText('HTTP 200')).toBeVisible();
  await expect(answer.getByRole('listitem').filter({ hasText: /^ltp: \d/ })).toBeVisible();
  expect(page.url()).not.toContain('apikey');
  await shoot(page, 'playground-answer-1440');

  await page.getByRole('radio', { name: 'WebSocket' }).click();
  await page.getByLabel('Sign in with').selectOption({ label: 'API key' });
  await page.getByRole('button', { name: 'Connect' }).click();
  const messages = page.getByRole('listbox', { name: /^Messages/ });
  await expect(messages.getByRole('option').filter({ hasText: 'Authentication successful' })).toBeVisible();
  await page.getByRole('button', { name: 'Subscribe LTP' }).click();
  await page.getByRole('button', { name: 'Send message' }).click();
  await expect(messages.getByRole('option').filter({ hasText: '"market_data"' }).first()).toBeVisible();
  expect(await messages.textContent()).toContain('"api_key":"••••"');
  await messages.getByRole('option').filter({ hasText: '"market_data"' }).first().click();
  await expect(page.getByRole('region', { name: 'Chosen message' })).toContainText(/ltp: \d/);
  for (const [width, theme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await showIn(page, theme);
    await shoot(page, `playground-stream-${width}-${theme}`);
    expect(await violationsOf(page, { within: '#page' }), `stream, ${width} px, ${theme}`).toEqual([]);
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, 'the page must not scroll sideways').toBeLessThanOrEqual(0);
});
