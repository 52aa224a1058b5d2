import { expect, type Page, test, type WebSocketRoute } from '@playwright/test';
import { symbol } from './environment';

/** A wire between the page and the feed that can be cut and mended; the line of order events is left alone. */
async function wireOf(page: Page): Promise<{ cut: () => Promise<void>; mend: () => void }> {
  const lines = new Set<WebSocketRoute>();
  let isCut = false;
  await page.routeWebSocket(
    (url) => !url.pathname.startsWith('/socket.io'),
    async (line) => {
      if (isCut) return line.close({ code: 1011, reason: 'cut' });
      lines.add(line);
      line.connectToServer();
    },
  );
  return {
    cut: async () => {
      isCut = true;
      await Promise.all([...lines].map((line) => line.close({ code: 1011, reason: 'cut' })));
      lines.clear();
    },
    mend: () => {
      isCut = false;
    },
  };
}

test('a feed that is lost is seen at once, and prices move again by themselves when it is back', async ({
  page,
}) => {
  const wire = await wireOf(page);
  await page.goto('/dashboard');
  const status = page.getByRole('contentinfo').getByRole('status');
  const price = page
    .getByRole('region', { name: 'Watchlist' })
    .locator(`[data-symbol="${symbol}"][data-exchange="NSE"] .tick`)
    .first();
  await expect(status).toContainText('Feed live');
  await expect(price).toHaveText(/\d\.\d\d/);
  const fresh = await price.evaluate((cell) => getComputedStyle(cell).fontStyle);

  await wire.cut();
  await expect(status).toContainText('Feed lost, reconnecting');
  await expect(price, 'an old price looks old').toHaveCSS('font-style', 'italic');
  await expect(price, 'and stays readable').toHaveText(/\d\.\d\d/);
  expect(fresh).toBe('normal');

  const old = (await price.textContent()) ?? '';
  wire.mend();
  await expect(status).toContainText('Feed live', { timeout: 20_000 });
  await expect(price).toHaveCSS('font-style', 'normal');
  await expect(price).not.toHaveText(old, { timeout: 20_000 });
});
