import { t } from '@/messages/words';

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, t('Edge')],
  [/\bOPR\//, t('Opera')],
  [/\bSamsungBrowser\//, t('Samsung Internet')],
  [/\bFirefox\/|\bFxiOS\//, t('Firefox')],
  [/\bHeadlessChrome\//, t('Headless Chrome')],
  [/\bChrome\/|\bCriOS\//, t('Chrome')],
  [/\bSafari\//, t('Safari')],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, t('iPhone')],
  [/\biPad\b/, t('iPad')],
  [/\bAndroid\b/, t('Android')],
  [/\bWindows\b/, t('Windows')],
  [/\bMac OS X\b/, t('macOS')],
  [/\bCrOS\b/, t('ChromeOS')],
  [/\bLinux\b/, t('Linux')],
];

function found(table: typeof BROWSERS, agent: string): string | null {
  return table.find(([pattern]) => pattern.test(agent))?.[1] ?? null;
}

/** A User-Agent as people name their devices; one that nobody knows is shown as it is, cut short. */
export function deviceName(agent: string): string {
  const browser = found(BROWSERS, agent);
  const system = found(SYSTEMS, agent);
  if (browser && system) return t('{{browser}} on {{system}}', { browser, system });
  return browser ?? system ?? (agent.slice(0, 60) || t('unknown device'));
}
