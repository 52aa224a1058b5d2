import { formatClock } from '@/lib/format';
import { t } from '@/messages/words';

const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kolkata', day: '2-digit', month: 'short' });

/** `21 Nov 14:05:07` on the Indian wall clock. */
export function moment(instant: string | number): string {
  const at = new Date(instant);
  return `${DAY.format(at)} ${formatClock(at)}`;
}

/** Milliseconds with as many digits as say something. */
export function ms(value: number | null): string {
  if (value === null) return '–';
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

/** Bytes in the unit that fits. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let left = value;
  let at = 0;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${left.toFixed(at === 0 || left >= 100 ? 0 : 1)} ${units[at]}`;
}

/** A JSON value in one line. */
export function inline(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** What a retention job keeps, in words. */
export function recordsOf(job: string): string {
  const words: Record<string, string> = {
    traffic: t('HTTP requests'),
    broker_calls: t('Calls to brokers'),
    api_calls: t('API calls of orders'),
    latency: t('Latency of orders'),
    order_stories: t('Time lines of orders'),
    health: t('Health samples and alarms'),
    errors: t('Solved errors'),
    sign_ins: t('Sign-in attempts'),
    decided_approvals: t('Decided approvals'),
    retention_runs: t('Runs of these jobs'),
    audit_trail: t('Audit trail'),
  };
  return words[job] ?? job;
}
