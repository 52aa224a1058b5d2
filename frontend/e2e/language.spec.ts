import { expect, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { password, shoot, user } from './environment';

/** Pages by address and what their headings are in Hindi. */
const HINDI = [
  ['/search', 'सिंबल खोजें'],
  ['/risk', 'रिस्क'],
  ['/broker', 'ब्रोकर अकाउंट'],
  ['/dashboard', 'डैशबोर्ड'],
] as const;

test.use({ contextOptions: { reducedMotion: 'reduce' } });

async function choose(page: Page, menu: string, language: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: language }).click();
}

/** Notes every name that the navigation ever had while the page is opened. */
async function noteNames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = new Set<string>();
    (window as unknown as { seen: Set<string> }).seen = seen;
    new MutationObserver(() => {
      for (const nav of document.querySelectorAll('nav')) seen.add(nav.getAttribute('aria-label') ?? '');
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
}

test('Hindi is chosen, kept over a reload and a sign-in elsewhere, accessible, and left again', async ({
  page,
  browser,
}) => {
  await page.goto('/dashboard');
  await choose(page, 'Your account', 'हिन्दी');
  const html = page.locator('html');
  await expect(html).toHaveAttribute('lang', 'hi');

  await noteNames(page);
  for (const [path, heading] of HINDI) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading, exact: true })).toBeAttached();
    await expect(page.getByText('फ़ीड लाइव')).toBeVisible();
    expect(await violationsOf(page, { within: '#page' }), path).toEqual([]);
  }
  const names = await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]);
  expect(names, 'no word of English on the way').toEqual(['मुख्य मेन्यू']);
  await shoot(page, 'hindi-1440');
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await shoot(page, 'hindi-390');
  await page.setViewportSize({ width: 1440, height: 900 });

  const elsewhere = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const other = await elsewhere.newPage();
  await other.goto('/login');
  await other.getByLabel('Username').fill(user);
  await other.getByLabel('Password', { exact: true }).fill(password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('navigation', { name: 'मुख्य मेन्यू' })).toBeVisible();
  await elsewhere.close();

  await choose(page, 'आपका अकाउंट', 'English');
  await expect(html).toHaveAttribute('lang', 'en-IN');
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
});
