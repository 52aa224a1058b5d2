import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function showIn(page: Page, theme: string): Promise<void> {
  await page.evaluate((chosen) => {
    document.documentElement.dataset.theme = chosen;
  }, theme);
}

interface Look {
  /** The only rule that is looked at. */
  rule?: string;
  /** The only part of the page that is looked at, by selector. */
  within?: string;
}

/** What axe finds against WCAG 2.2 AA on the page as it stands. */
export async function violationsOf(page: Page, { rule, within }: Look = {}): Promise<string[]> {
  // One document without frames, and nobody reads what passed: in this mode axe takes a third of the time.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode();
  if (within) axe.include(within);
  const { violations } = await (rule ? axe.withRules(rule) : axe.withTags(RULES)).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
