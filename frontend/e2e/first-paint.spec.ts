import { expect, test } from '@playwright/test';

test('a page comes with its frame, its scripts and its first reads, and asks for nothing twice', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'GET' && pathname.startsWith('/ui/api/')) asked.push(pathname);
  });
  const answer = await page.goto('/orderbook');
  const sent = (await answer?.text()) ?? '';
  expect(sent).toMatch(/<div id="frame" inert[^>]*>.*Opening the desk…/s);
  expect(sent).toMatch(/rel="modulepreload" crossorigin href="\/assets\/orderbook-/);
  expect(sent).toContain('as="fetch" crossorigin href="/ui/api/orders"');
  expect(sent).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=/);

  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeVisible();
  await expect(page.locator('#frame')).toHaveCount(0);
  await expect(page.getByText('Feed live')).toBeVisible();
  // Orders may be read again when the stream of events begins.
  for (const read of ['bootstrap', 'watchlists', 'preferences/documents', 'market-status'])
    expect(asked.filter((path) => path === `/ui/api/${read}`)).toHaveLength(1);
});
