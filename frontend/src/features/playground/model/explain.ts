import type { Operation } from '@/features/playground/model/description';
import { t } from '@/messages/words';

export interface Explanation {
  tone: 'bad' | 'warn';
  title: string;
  lines: string[];
}

/** What to do about a machine word of the error envelope. */
const CODES: Record<string, string> = {
  OUTCOME_UNKNOWN: t(
    'The order may be live. Look for its tag in the order book before you send it again; it is never repeated for you.',
  ),
  NO_BROKER_SESSION: t(
    'The key is right, but its account has no broker sign-in of today. Connect it under Brokers.',
  ),
  INVALID_JSON: t('The body could not be read as a JSON object.'),
  METHOD_NOT_ALLOWED: t('The route exists under another method.'),
  EXPIRY_REQUIRED: t('Several expiries are listed; choose one of those in the message.'),
};

type Raw = Record<string, unknown>;
const isRaw = (value: unknown): value is Raw => value !== null && typeof value === 'object';

function fieldLines(errors: unknown): string[] {
  if (!isRaw(errors)) return [];
  return Object.entries(errors).map(
    ([field, texts]) => `${field}: ${(Array.isArray(texts) ? texts : [texts]).map(String).join('; ')}`,
  );
}

/** An error envelope in words: what the status means for this call, which fields, what to do. */
export function explainAnswer(operation: Operation, status: number, body: unknown): Explanation | null {
  if (status < 400) return null;
  const envelope = isRaw(body) ? body : {};
  const code = typeof envelope.code === 'string' ? envelope.code : null;
  const lines: string[] = [];
  if (typeof envelope.message === 'string') lines.push(envelope.message);
  for (const line of fieldLines(envelope.errors)) if (!lines.includes(line)) lines.push(line);
  if (typeof envelope.detail === 'string') lines.push(envelope.detail);
  if (code && CODES[code]) lines.push(CODES[code]);
  if (typeof envelope.retry_after === 'number')
    lines.push(
      operation.limit
        ? t('Try again in {{seconds}} s; limit class {{name}}.', {
            seconds: envelope.retry_after,
            name: operation.limit,
          })
        : t('Try again in {{seconds}} s.', { seconds: envelope.retry_after }),
    );
  const meaning = operation.meanings[String(status)] ?? t('Not among the answers that this call describes');
  return {
    tone: code === 'OUTCOME_UNKNOWN' ? 'warn' : 'bad',
    title: code ? `${meaning} (${code})` : meaning,
    lines,
  };
}

/** No answer at all: for a call that changes something, nothing may claim that it failed. */
export function explainSilence(operation: Operation, reason: string): Explanation {
  if (operation.effect === 'none') return { tone: 'bad', title: t('No answer'), lines: [reason] };
  return {
    tone: 'warn',
    title: t('Outcome not known'),
    lines: [reason, t('The call may have been carried out: check the book before you send it again.')],
  };
}
