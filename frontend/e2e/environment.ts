import type { Page } from '@playwright/test';

/** What the outer harness says about the desk under test. */
export const baseUrl = process.env.BASE_URL ?? 'http://127.0.0.1:5000';
export const user = process.env.E2E_USER ?? process.env.OPENALGO_USER ?? 'trader';
export const password = process.env.E2E_PASSWORD ?? process.env.OPENALGO_PASSWORD ?? 'Practice#2026';
export const email = process.env.E2E_EMAIL ?? 'trader@example.test';
export const setupToken = process.env.E2E_SETUP_TOKEN ?? '';
export const symbol = process.env.E2E_SYMBOL ?? 'SBIN';
const screenshots = process.env.E2E_SCREENSHOTS;
/** Kept elsewhere, one spec can be run alone: `playwright test --no-deps feed`. */
export const sessionFile = process.env.E2E_SESSION ?? './test-results/session.json';

/** Every page of the desk, by the name its screenshot gets. */
export const PAGES: readonly (readonly [string, string])[] = [
  ['trade', '/trade'],
  ['dashboard', '/dashboard'],
  ['orderbook', '/orderbook'],
  ['optionchain', '/optionchain?underlying=NIFTY&exchange=NSE_INDEX&strikes=5'],
  ['basket', '/basket'],
  ['chart', `/chart?symbol=${symbol}&exchange=NSE&interval=5m`],
  ['positions', '/positions'],
  ['pnl', '/pnl'],
  ['tradebook', '/tradebook'],
  ['holdings', '/holdings'],
  ['search', `/search?q=${symbol}&type=FUT`],
  ['playground', '/playground'],
  ['broker', '/broker'],
  ['apikey', '/apikey'],
  ['security', '/profile?section=security'],
  ['appearance', '/profile?section=appearance'],
  ['gtt', '/gtt'],
  ['strategies', '/strategies'],
  ['drift', '/drift'],
  ['risk', '/risk'],
  ['action-center', '/action-center?status=all'],
  ['sandbox', '/sandbox'],
  ['health', '/health'],
  ['latency', '/latency'],
  ['traffic', '/traffic'],
  ['logs', '/logs'],
  ['admin', '/admin'],
  ['audit', '/audit'],
  ['not-found', '/no-such-page'],
];

/** A picture for who wants to look: E2E_SCREENSHOTS names the folder, without it nobody waits for one. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (screenshots) await page.screenshot({ path: `${screenshots}/${name}.png` });
}
