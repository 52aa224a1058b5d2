import { SECONDS_PER_DAY, secondsOf } from '@/features/chart/bars/intervals';

/** India has one zone and no summer time. */
export const IST_OFFSET = 19_800;

/** When the first bar of a day begins, seconds after midnight in India; asked only where no bar shows it. */
const SESSION_OPEN: Record<string, number> = {
  NSE: 33_300, BSE: 33_300, NFO: 33_300, BFO: 33_300, NSE_INDEX: 33_300, BSE_INDEX: 33_300,
  CDS: 32_400, BCD: 32_400, MCX: 32_400, MCX_INDEX: 32_400, NCO: 32_400,
}; // biome-ignore format: a table

/** Days since 1970 of the Indian calendar day that holds an instant (epoch seconds). */
export function indianDay(time: number): number {
  return Math.floor((time + IST_OFFSET) / SECONDS_PER_DAY);
}

/** `YYYY-MM-DD` of a count of days since 1970. */
export function dayText(day: number): string {
  return new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10);
}

/** The first day of the period that `day` lies in: a day, a week from Monday, a month, quarter or year. */
export function periodStart(day: number, interval: string): number {
  if (interval === 'W') return day - ((day + 3) % 7);
  const months = { M: 1, Q: 3, Y: 12 }[interval];
  if (!months) return day;
  const date = new Date(day * SECONDS_PER_DAY * 1000);
  const month = Math.floor(date.getUTCMonth() / months) * months;
  return Date.UTC(date.getUTCFullYear(), month, 1) / 1000 / SECONDS_PER_DAY;
}

/**
 * The stamp of the bar that holds an instant, both epoch seconds.
 *
 * Bars of one length follow each other from the opening of the session, and every intraday length divides a day: the
 * stamp of any earlier bar (`known`) gives the grid. Days and longer are stamped with midnight UTC of their first day.
 */
export function barStart(time: number, interval: string, exchange: string, known: number | null): number {
  const seconds = secondsOf(interval);
  if (seconds === null) {
    const first = periodStart(indianDay(time), interval);
    // Some brokers stamp a week or month with its first trading day: a bar of the same period keeps its stamp.
    const isSame = known !== null && periodStart(Math.floor(known / SECONDS_PER_DAY), interval) === first;
    return isSame ? known : first * SECONDS_PER_DAY;
  }
  const origin = known ?? (SESSION_OPEN[exchange] ?? 0) - IST_OFFSET;
  return origin + Math.floor((time - origin) / seconds) * seconds;
}

/** What the chart's axis is given: it prints UTC, so an intraday stamp is moved to the Indian clock. */
export function axisTime(time: number, interval: string): number {
  return secondsOf(interval) === null ? time : time + IST_OFFSET;
}
