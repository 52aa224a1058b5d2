/** Numbers as Indian desks read them. `null` and `undefined` mean "not known" and print as a dash, never as 0. */

const MISSING = '–';
const IST = 'Asia/Kolkata';

export type Maybe<T> = T | null | undefined;

function isKnown(value: Maybe<number>): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export type NumberStyle = 'indian' | 'western';
const LOCALES: Record<NumberStyle, string> = { indian: 'en-IN', western: 'en-US' };

const decimalFormats = new Map<string, Intl.NumberFormat>();
let style: NumberStyle = 'indian';

/** Lakh and crore (12,34,567) or thousands and millions (1,234,567), for every figure drawn from now on. */
export function setNumberStyle(next: NumberStyle): void {
  if (next === style) return;
  style = next;
  decimalFormats.clear();
}

function decimals(digits: number, signed = false): Intl.NumberFormat {
  const key = `${digits}${signed}`;
  let format = decimalFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[style], {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      signDisplay: signed ? 'exceptZero' : 'negative',
    });
    decimalFormats.set(key, format);
  }
  return format;
}

/** Uses the true minus sign, which is as wide as a figure and the plus sign. */
function withMinus(text: string): string {
  return text.replace('-', '\u2212');
}

/** How many decimals a price of this tick size needs: 0.05 → 2, 0.0025 → 4, 1 → 2. */
export function priceDigits(tickSize: Maybe<number>): number {
  if (!isKnown(tickSize) || tickSize <= 0) return 2;
  const text = tickSize.toFixed(8).replace(/0+$/, '');
  return Math.max(2, text.length - text.indexOf('.') - 1);
}

export function formatPrice(value: Maybe<number>, tickSize?: Maybe<number>): string {
  return isKnown(value) ? withMinus(decimals(priceDigits(tickSize)).format(value)) : MISSING;
}

export function formatQuantity(value: Maybe<number>): string {
  if (!isKnown(value)) return MISSING;
  return withMinus(decimals(Number.isInteger(value) ? 0 : 4).format(value));
}

/** Rupees with two decimals: ₹12,34,567.80. */
export function formatMoney(value: Maybe<number>): string {
  if (!isKnown(value)) return MISSING;
  return `${value < 0 ? '\u2212' : ''}₹${decimals(2).format(Math.abs(value))}`;
}

/** Profit or loss: always carries its sign, so colour is never the only mark. */
export function formatSigned(value: Maybe<number>, digits = 2): string {
  return isKnown(value) ? withMinus(decimals(digits, true).format(value)) : MISSING;
}

export function formatPercent(value: Maybe<number>): string {
  return isKnown(value) ? `${withMinus(decimals(2, true).format(value))}%` : MISSING;
}

const SHORT: Record<NumberStyle, readonly (readonly [number, string])[]> = {
  indian: [
    [1e7, 'Cr'],
    [1e5, 'L'],
  ],
  western: [
    [1e9, 'B'],
    [1e6, 'M'],
  ],
};

/** 1,23,45,678 → "1.23 Cr"; 4,56,000 → "4.56 L" (western: 12.35 M); smaller amounts in full. */
export function formatCompact(value: Maybe<number>): string {
  if (!isKnown(value)) return MISSING;
  const unit = SHORT[style].find(([size]) => Math.abs(value) >= size);
  if (!unit) return withMinus(decimals(0).format(value));
  return `${withMinus(decimals(2).format(value / unit[0]))} ${unit[1]}`;
}

/**
 * The direction of a number: decides colour and never stands alone. `digits` are the decimals that are shown: what
 * reads as zero has no direction.
 */
export function toneOf(value: Maybe<number>, digits?: number): 'up' | 'down' | 'flat' {
  if (!isKnown(value) || value === 0) return 'flat';
  if (digits !== undefined && Math.abs(value) < 0.5 / 10 ** digits) return 'flat';
  return value > 0 ? 'up' : 'down';
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: IST,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const momentFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: IST,
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Wall clock in India, `HH:MM:SS`, whatever the zone of the browser. */
export function formatClock(instant: Date): string {
  return clockFormat.format(instant);
}

/** An instant with a zone (ISO 8601) as `21 Nov, 14:05 IST`; a value without a zone is shown as it came. */
export function formatMoment(iso: Maybe<string>): string {
  if (!iso) return MISSING;
  if (!/(Z|[+-]\d\d:?\d\d)$/.test(iso)) return iso;
  const instant = new Date(iso);
  return Number.isNaN(instant.getTime()) ? iso : `${momentFormat.format(instant)} IST`;
}

/** Book timestamps are `YYYY-MM-DD HH:MM:SS` in IST already; the table shows the time. */
export function formatBookTime(timestamp: Maybe<string>): string {
  if (!timestamp) return MISSING;
  const match = /(\d{2}:\d{2}:\d{2})/.exec(timestamp);
  return match?.[1] ?? timestamp;
}

/** `1h 05m`, `12m`, `45s`: how long until or since. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}
