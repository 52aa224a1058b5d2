import { t } from '@/messages/words';

/** Bar lengths by the word the API uses, and how much of each is asked for at once. */

const DAY = 86_400;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** Every word of the contract, shortest first; the broker's `intervals` answer says which of them it serves. */
const ORDER = [
  '1s', '5s', '10s', '15s', '30s', '45s', '1m', '2m', '3m', '5m', '10m', '15m', '20m', '30m', '1h', '2h', '3h', '4h',
  'D', 'W', 'M', 'Q', 'Y',
]; // biome-ignore format: a list of words reads best as one

const PERIOD_NAMES: Record<string, string> = {
  D: t('1 day'),
  W: t('1 week'),
  M: t('1 month'),
  Q: t('3 months'),
  Y: t('1 year'),
};

/** Seconds of an intraday bar; `null` for a day and longer, which follow the calendar. */
export function secondsOf(interval: string): number | null {
  const match = /^(\d+)([smh])$/.exec(interval);
  return match ? Number(match[1]) * (UNIT_SECONDS[match[2] ?? ''] ?? 1) : null;
}

/** `5m` → "5 minutes": how a screen reader hears it. */
export function intervalName(interval: string): string {
  const match = /^(\d+)([smh])$/.exec(interval);
  if (!match) return PERIOD_NAMES[interval] ?? interval;
  const count = Number(match[1]);
  if (match[2] === 's') return t('{{count}} seconds', { count, one: '{{count}} second' });
  if (match[2] === 'm') return t('{{count}} minutes', { count, one: '{{count}} minute' });
  return t('{{count}} hours', { count, one: '{{count}} hour' });
}

/** Words known here, shortest bar first; a word nobody knows is left out because its bars could not be placed. */
export function inOrder(served: readonly string[]): string[] {
  return ORDER.filter((word) => served.includes(word));
}

/** The wanted interval if it is served, else one most traders start with, else the shortest. */
export function chooseInterval(
  served: readonly string[],
  ...wanted: (string | null | undefined)[]
): string | null {
  const known = inOrder(served);
  return [...wanted, '5m', '1m', 'D'].find((word) => word && known.includes(word)) ?? known[0] ?? null;
}

/** Days of finished bars that one request asks for: about a thousand bars of a normal session. */
export function spanDays(interval: string): number {
  const seconds = secondsOf(interval);
  if (seconds === null) return interval === 'D' ? 3 * 365 : interval === 'W' ? 10 * 365 : 29 * 365;
  if (seconds < 60) return 7;
  if (seconds <= 120) return 7;
  if (seconds <= 300) return 14;
  if (seconds <= 900) return 30;
  return seconds <= 1800 ? 60 : 180;
}

export const SECONDS_PER_DAY = DAY;
