import { expect, type Page, test } from '@playwright/test';
import { shoot } from './environment';

test.use({ serviceWorkers: 'allow' });

/** Addresses in every cache of this browser. */
function keptIn(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
}

test('the desk can be installed, opens without a line and says so, and keeps no answer of the server', async ({
  page,
  context,
}) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|manifest/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto('/dashboard');
  await expect(page.getByText('Feed live')).toBeVisible();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
      await new Promise((resolve) =>
        navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
      );
  });
  const devtools = await context.newCDPSession(page);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // A window of its own is what a test browser has not got.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);

  await page.goto('/orderbook');
  await expect(page.getByText('Feed live')).toBeVisible();
  const kept = await keptIn(page);
  expect(kept).toContain('/index.html');
  const files =
    /^\/(index\.html|theme-boot\.js|favicon\.svg|manifest\.webmanifest|[a-z0-9-]+\.png|assets\/[^/]+)$/;
  expect(kept.filter((path) => !files.test(path))).toEqual([]);

  await context.setOffline(true);
  await page.goto('/positions');
  await expect(page.getByRole('heading', { name: 'OpenAlgo cannot be reached' })).toBeAttached();
  await expect(page.getByText('The server cannot be reached.')).toBeVisible();
  await shoot(page, 'offline-1440');
  await context.setOffline(false);
  await page.getByRole('button', { name: /again|Retry/i }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Positions' })).toBeVisible();
  expect(complaints).toEqual([]);
});
