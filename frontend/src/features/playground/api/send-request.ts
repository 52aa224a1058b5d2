import type { Prepared } from '@/features/playground/model/request';

const DEADLINE_MS = 60_000;

export interface Answer {
  status: number;
  /** From sending to the last byte. */
  milliseconds: number;
  bytes: number;
  headers: [string, string][];
  text: string;
  /** `undefined` where the body is not JSON. */
  json: unknown;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends one call as any client would: with the key alone, without the desk's session. Raises when none answers. */
export async function sendRequest({ method, url, headers, body }: Prepared): Promise<Answer> {
  const begun = performance.now();
  const response = await fetch(url, {
    method,
    headers,
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(DEADLINE_MS),
    ...(body && { body: JSON.stringify(body) }),
  });
  const bytes = await response.arrayBuffer();
  const milliseconds = performance.now() - begun;
  const text = new TextDecoder().decode(bytes);
  return {
    status: response.status,
    milliseconds,
    bytes: bytes.byteLength,
    headers: [...response.headers.entries()],
    text,
    json: parsed(text),
  };
}
