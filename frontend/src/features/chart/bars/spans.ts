import { dayText, indianDay, periodStart } from '@/features/chart/bars/calendar';
import { spanDays } from '@/features/chart/bars/intervals';

/** Whole days, both included, as the history route wants them. */
export interface Span {
  start_date: string;
  end_date: string;
}

/** No exchange of the desk has older bars; the walk to the left ends here at the latest. */
const FIRST_DAY = 7_305; // 1990-01-01

/** The period that is still forming: today, this week, this month. */
export function formingSpan(now: number, interval: string): Span {
  const today = indianDay(now);
  return { start_date: dayText(periodStart(today, interval)), end_date: dayText(today) };
}

/** What lies `page` requests to the left of the forming period; `null` before the first day of all. */
export function olderSpan(now: number, interval: string, page: number): Span | null {
  const days = spanDays(interval);
  const last = periodStart(indianDay(now), interval) - 1 - page * days;
  if (last < FIRST_DAY) return null;
  return { start_date: dayText(Math.max(FIRST_DAY, last - days + 1)), end_date: dayText(last) };
}
