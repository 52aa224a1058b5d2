import { type Bar, barChange } from '@/features/chart/bars/bars';
import { axisTime } from '@/features/chart/bars/calendar';
import { secondsOf } from '@/features/chart/bars/intervals';
import { formatCompact, formatPercent, formatPrice, toneOf } from '@/lib/format';
import { t } from '@/messages/words';

const utc = { timeZone: 'UTC' } as const;
const dayFormat = new Intl.DateTimeFormat('en-GB', {
  ...utc,
  day: '2-digit',
  month: 'short',
  year: 'numeric',
});
const timeFormat = new Intl.DateTimeFormat('en-GB', { ...utc, hour: '2-digit', minute: '2-digit' });
const secondFormat = new Intl.DateTimeFormat('en-GB', {
  ...utc,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** When a bar began, on the Indian clock: `20 Nov 2026 14:05`. */
export function barMoment(time: number, interval: string): string {
  const seconds = secondsOf(interval);
  const date = new Date(axisTime(time, interval) * 1000);
  if (seconds === null) return dayFormat.format(date);
  return `${dayFormat.format(date)} ${(seconds < 60 ? secondFormat : timeFormat).format(date)}`;
}

export interface LegendLine {
  label: string;
  value: number | undefined;
}

/** A bar and what the indicators say of it, in one line of text; read out when the cursor moves by key. */
export function legendText(
  bars: readonly Bar[],
  index: number,
  interval: string,
  tickSize: number | null,
  lines: readonly LegendLine[] = [],
): { text: string; tone: 'up' | 'down' | 'flat' } {
  const bar = bars[index];
  if (!bar) return { text: '', tone: 'flat' };
  const price = (value: number) => formatPrice(value, tickSize);
  const figures = [
    barMoment(bar.time, interval),
    `O ${price(bar.open)} H ${price(bar.high)} L ${price(bar.low)} C ${price(bar.close)}`,
    formatPercent(barChange(bars, index)),
    ...(bar.volume > 0 ? [t('Vol {{volume}}', { volume: formatCompact(bar.volume) })] : []),
    ...lines
      .filter(({ value }) => value !== undefined && !Number.isNaN(value))
      .map(({ label, value }) => `${label} ${price(value ?? 0)}`),
  ];
  return { text: figures.join('  '), tone: toneOf(bar.close - bar.open) };
}
