import { formatClock, formatDuration, formatQuantity } from '@/lib/format';
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

/** Seconds with as many digits as say something. */
export function seconds(value: number): string {
  return value < 120 ? `${value.toFixed(value < 10 ? 1 : 0)} s` : formatDuration(value * 1000);
}

/** A figure of a component with its unit, which the ending of its name says; other figures count. */
export function figure(name: string, value: number): string {
  const amount = name.endsWith('_bytes')
    ? bytes(value)
    : name.endsWith('_seconds')
      ? seconds(value)
      : formatQuantity(Math.round(value));
  const words: Record<string, string> = {
    file_bytes: t('file {{amount}}', { amount }),
    log_bytes: t('write-ahead log {{amount}}', { amount }),
    age_seconds: t('figures {{amount}} old', { amount }),
    resident_bytes: t('{{amount}} resident', { amount }),
    free_bytes: t('{{amount}} free', { amount }),
    total_bytes: t('{{amount}} in all', { amount }),
    open: t('{{amount}} open', { amount }),
    running: t('{{amount}} running', { amount }),
    rounds: t('kinds of repeated work: {{amount}}', { amount }),
    late: t('{{amount}} late', { amount }),
    waiting: t('{{amount}} waiting', { amount }),
    lost: t('{{amount}} given up', { amount }),
  };
  return words[name] ?? `${name.replace(/_(bytes|seconds)$/, '').replaceAll('_', ' ')} ${amount}`;
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
