import { t } from '@/messages/words';

/** Field name → what is wrong with it, in the server's words. */
export type FieldErrors = Record<string, string[]>;

/**
 * A call that did not succeed.
 *
 * `outcomeUnknown` is true when a write left the browser and no answer came back: the request may have been
 * carried out, and nothing may claim otherwise.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | null;
  readonly fields: FieldErrors;
  readonly outcomeUnknown: boolean;
  readonly retryAfter: number | null;
  /** Of a conflict: what stands on the server now. */
  readonly current: unknown;

  constructor(
    message: string,
    detail: {
      status: number;
      code?: string | null;
      fields?: FieldErrors;
      outcomeUnknown?: boolean;
      retryAfter?: number | null;
      current?: unknown;
    },
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = detail.status;
    this.code = detail.code ?? null;
    this.fields = detail.fields ?? {};
    this.outcomeUnknown = detail.outcomeUnknown ?? false;
    this.retryAfter = detail.retryAfter ?? null;
    this.current = detail.current;
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof Error && error.message) return error.message;
  return t('Something went wrong in this page. Reload it; if it stays, check the server log.');
}

export function isSessionExpired(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
