import { HttpResponse, http } from 'msw';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, configureClient, setCsrfToken } from '@/lib/api/client';
import { ApiError } from '@/lib/api/errors';
import { z } from '@/lib/schema';
import { server } from '@/testing/server';

const anything = z.unknown();

function answerWith(status: number, body: object | string) {
  server.use(
    http.all('*/ui/api/thing', () =>
      typeof body === 'string'
        ? new HttpResponse(body, { status })
        : HttpResponse.json(body as never, { status }),
    ),
  );
}

async function failureOf(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => null,
    (raised: unknown) => raised,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

afterEach(() => {
  configureClient({ onSessionExpired: () => {}, refreshCsrfToken: async () => {} });
});

describe('reading the envelope', () => {
  it('hands on the data of a success', async () => {
    answerWith(200, { status: 'success', data: { a: 1 } });
    await expect(api.get('/thing', z.object({ a: z.number() }))).resolves.toEqual({ a: 1 });
  });

  it('keeps message, code and field errors of a refusal', async () => {
    answerWith(400, {
      status: 'error',
      message: 'quantity: must be positive',
      code: 'BAD',
      errors: { quantity: ['must be positive'] },
    });
    const error = await failureOf(api.post('/thing', anything));
    expect(error).toMatchObject({
      status: 400,
      code: 'BAD',
      message: 'quantity: must be positive',
      outcomeUnknown: false,
    });
    expect(error.fields).toEqual({ quantity: ['must be positive'] });
  });

  it('speaks plainly when a proxy answers HTML', async () => {
    answerWith(502, '<html>bad gateway</html>');
    expect((await failureOf(api.get('/thing', anything))).message).toBe('The server failed (HTTP 502).');
  });

  it('refuses data of another shape rather than showing it', async () => {
    answerWith(200, { status: 'success', data: { a: 'one' } });
    expect((await failureOf(api.get('/thing', z.object({ a: z.number() })))).code).toBe('BAD_ANSWER');
  });
});

describe('when no answer comes', () => {
  it('calls the outcome of a write unknown, never failed', async () => {
    server.use(http.all('*/ui/api/thing', () => HttpResponse.error()));
    const error = await failureOf(api.post('/thing', anything));
    expect(error.outcomeUnknown).toBe(true);
    expect(error.message).toContain('may have been carried out');
  });

  it('calls a read simply unanswered', async () => {
    server.use(http.all('*/ui/api/thing', () => HttpResponse.error()));
    expect(await failureOf(api.get('/thing', anything))).toMatchObject({
      outcomeUnknown: false,
      code: 'UNREACHABLE',
    });
  });
});

describe('session and token', () => {
  it('sends the token with writes only', async () => {
    const tokens: (string | null)[] = [];
    server.use(
      http.all('*/ui/api/thing', ({ request }) => {
        tokens.push(request.headers.get('X-CSRFToken'));
        return HttpResponse.json({ status: 'success', data: null });
      }),
    );
    setCsrfToken('abc');
    await api.get('/thing', anything);
    await api.post('/thing', anything);
    expect(tokens).toEqual([null, 'abc']);
  });

  it('gets a new token and repeats once when the token was refused', async () => {
    const tokens: (string | null)[] = [];
    server.use(
      http.post('*/ui/api/thing', ({ request }) => {
        tokens.push(request.headers.get('X-CSRFToken'));
        return tokens.length === 1
          ? HttpResponse.json({ status: 'error', message: 'stale token', code: 'CSRF' }, { status: 403 })
          : HttpResponse.json({ status: 'success', data: 1 });
      }),
    );
    setCsrfToken('old');
    configureClient({ onSessionExpired: () => {}, refreshCsrfToken: async () => setCsrfToken('new') });
    await expect(api.post('/thing', anything)).resolves.toBe(1);
    expect(tokens).toEqual(['old', 'new']);
  });

  it('does not repeat for ever', async () => {
    answerWith(403, { status: 'error', message: 'stale token', code: 'CSRF' });
    expect((await failureOf(api.post('/thing', anything))).status).toBe(403);
  });

  it('reports the end of the session, and only that 401', async () => {
    const onSessionExpired = vi.fn();
    configureClient({ onSessionExpired, refreshCsrfToken: async () => {} });
    answerWith(401, { status: 'error', message: 'Invalid credentials', code: 'BAD_CREDENTIALS' });
    await failureOf(api.post('/thing', anything));
    expect(onSessionExpired).not.toHaveBeenCalled();
    answerWith(401, { status: 'error', message: 'Please sign in', code: 'SESSION_EXPIRED' });
    await failureOf(api.get('/thing', anything));
    expect(onSessionExpired).toHaveBeenCalledTimes(1);
  });
});
