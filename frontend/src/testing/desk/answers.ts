export interface Call {
  method: string;
  /** Path below /ui/api. */
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

export interface Answer {
  status: number;
  body: unknown;
}

export function success(data: unknown): Answer {
  return { status: 200, body: { status: 'success', data } };
}

export function failure(status: number, message: string, extra: object = {}): Answer {
  return { status, body: { status: 'error', message, ...extra } };
}

export function refusal(message: string, errors?: Record<string, string[]>): Answer {
  return failure(400, message, errors ? { errors } : {});
}
