import type { Operation } from '@/features/playground/model/description';
import { t } from '@/messages/words';

export type Values = Record<string, unknown>;

/** A call as it leaves: the key is in the body or in a header, never in the address. */
export interface Prepared {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body: Values | null;
}

export const KEY_PLACEHOLDER = 'YOUR_API_KEY';

/** What is sent and what every snippet shows. `origin`: scheme and host of the API. */
export function prepare(operation: Operation, values: Values, key: string, origin: string): Prepared {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values[name] ?? '')),
  );
  if (operation.method === 'POST') {
    return {
      method: 'POST',
      url: origin + path,
      headers: { 'Content-Type': 'application/json' },
      body: { apikey: key, ...values },
    };
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const isSet = value !== null && value !== undefined && value !== '';
    if (isSet && name !== 'apikey' && !operation.inPath.includes(name)) query.set(name, String(value));
  }
  const text = query.toString();
  return {
    method: 'GET',
    url: origin + path + (text ? `?${text}` : ''),
    headers: { 'X-API-KEY': key },
    body: null,
  };
}

export type Draft = { values: Values; problem: null } | { values: null; problem: string };

/** The typed JSON as values, or what is wrong with it and where. */
export function parseDraft(text: string): Draft {
  try {
    const values: unknown = JSON.parse(text.trim() || '{}');
    if (values === null || typeof values !== 'object' || Array.isArray(values))
      return { values: null, problem: t('An object in braces is expected.') };
    return { values: values as Values, problem: null };
  } catch (error) {
    return { values: null, problem: t('Not JSON: {{problem}}', { problem: placeOf(error, text) }) };
  }
}

/** Browsers say the place as an offset or as line and column; a reader wants the line. */
function placeOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const offset = /at position (\d+)(?! \(line)/.exec(message)?.[1];
  if (offset === undefined) return message;
  const before = text.slice(0, Number(offset)).split('\n');
  return t('{{problem}} (line {{line}} column {{column}})', {
    problem: message,
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
  });
}

export const textOf = (values: Values): string => JSON.stringify(values, null, 2);
