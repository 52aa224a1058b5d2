import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const READ_DEADLINE_MS = 20_000;
const WRITE_DEADLINE_MS = 30_000;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Query = Record<string, string | number | undefined | null>;

interface Envelope {
  status?: unknown;
  data?: unknown;
  message?: unknown;
  errors?: unknown;
  code?: unknown;
  retry_after?: unknown;
  current?: unknown;
}

let csrfToken = '';
let onSessionExpired: () => void = () => {};
let refreshCsrfToken: () => Promise<void> = async () => {};

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** What the client does when the server says the session is over, and how it gets a fresh CSRF token. */
export function configureClient(hooks: {
  onSessionExpired: () => void;
  refreshCsrfToken: () => Promise<void>;
}): void {
  onSessionExpired = hooks.onSessionExpired;
  refreshCsrfToken = hooks.refreshCsrfToken;
}

function urlOf(path: string, query?: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `/ui/api${path}${text ? `?${text}` : ''}`;
}

function fieldErrorsOf(errors: unknown): FieldErrors {
  const fields: FieldErrors = {};
  if (errors === null || typeof errors !== 'object') return fields;
  for (const [field, value] of Object.entries(errors)) {
    fields[field] = (Array.isArray(value) ? value : [value]).map(String);
  }
  return fields;
}

function refusal(status: number, body: Envelope | null): ApiError {
  const fallback =
    status >= 500
      ? t('The server failed (HTTP {{status}}).', { status })
      : t('The request was refused (HTTP {{status}}).', { status });
  return new ApiError(typeof body?.message === 'string' && body.message ? body.message : fallback, {
    status,
    code: typeof body?.code === 'string' ? body.code : null,
    fields: fieldErrorsOf(body?.errors),
    retryAfter: typeof body?.retry_after === 'number' ? body.retry_after : null,
    current: body?.current,
  });
}

function noAnswer(method: Method, signal: AbortSignal): ApiError {
  const isWrite = method !== 'GET';
  const late = signal.aborted;
  return new ApiError(
    isWrite
      ? t(
          'No answer from the server. The request may have been carried out: check the book before you send it again.',
        )
      : late
        ? t('The server took too long to answer.')
        : t('The server cannot be reached.'),
    { status: 0, code: late ? 'TIMEOUT' : 'UNREACHABLE', outcomeUnknown: isWrite },
  );
}

async function exchange(method: Method, url: string, body: unknown): Promise<Response> {
  const signal = AbortSignal.timeout(method === 'GET' ? READ_DEADLINE_MS : WRITE_DEADLINE_MS);
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw noAnswer(method, signal);
  }
}

/**
 * Tells the server something that nobody waits for: one try, which never raises, signs nobody out, and is not made
 * before there is a token. Whether it arrived.
 */
export async function tell(path: string, body: unknown): Promise<boolean> {
  if (!csrfToken) return false;
  try {
    return (await exchange('POST', urlOf(path), body)).ok;
  } catch {
    return false;
  }
}

async function readEnvelope(response: Response): Promise<Envelope | null> {
  try {
    const body: unknown = await response.json();
    return body !== null && typeof body === 'object' ? (body as Envelope) : null;
  } catch {
    return null;
  }
}

async function call(method: Method, url: string, body: unknown, isRetry = false): Promise<unknown> {
  const response = await exchange(method, url, body);
  const envelope = await readEnvelope(response);
  if (response.ok && envelope?.status === 'success') return envelope.data;
  if (response.ok) {
    throw new ApiError(t('The server answered in a form this page does not know.'), {
      status: response.status,
      code: 'BAD_ANSWER',
      outcomeUnknown: method !== 'GET',
    });
  }
  const error = refusal(response.status, envelope);
  if (error.status === 403 && error.code === 'CSRF' && !isRetry) {
    // The token is checked before anything is done, so this one refusal is safe to repeat.
    await refreshCsrfToken();
    return call(method, url, body, true);
  }
  if (error.status === 401 && error.code === 'SESSION_EXPIRED') onSessionExpired();
  throw error;
}

/**
 * Calls `/ui/api<path>` and parses `data` with `schema`.
 * Raises {@link ApiError}; an answer the schema refuses is an error too, so no view ever shows a guessed figure.
 */
async function request<S extends z.ZodType>(
  method: Method,
  path: string,
  schema: S,
  options: { query?: Query; body?: unknown } = {},
): Promise<z.output<S>> {
  const data = await call(method, urlOf(path, options.query), options.body);
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    t('The server answered in a form this page does not know ({{problem}}).', {
      problem: z.prettifyError(parsed.error).split('\n')[0] ?? '',
    }),
    {
      status: 200,
      code: 'BAD_ANSWER',
    },
  );
}

export const api = {
  get: <S extends z.ZodType>(path: string, schema: S, query?: Query) =>
    request('GET', path, schema, { query }),
  post: <S extends z.ZodType>(path: string, schema: S, body: unknown = {}) =>
    request('POST', path, schema, { body }),
  put: <S extends z.ZodType>(path: string, schema: S, body: unknown) =>
    request('PUT', path, schema, { body }),
  delete: <S extends z.ZodType>(path: string, schema: S) => request('DELETE', path, schema),
};
