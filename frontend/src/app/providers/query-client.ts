import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/lib/api/errors';
import { bootstrapQuery } from '@/lib/session/bootstrap';

/** Reads are repeated once when nothing answered; a refusal is an answer. Writes are never repeated. */
function mayRetry(failures: number, error: Error): boolean {
  return failures < 1 && error instanceof ApiError && (error.status === 0 || error.status >= 502);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: mayRetry,
        retryDelay: 800,
        refetchOnWindowFocus: true,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

/** The server ended the session: what was read in it is dropped and the gate leads to the sign-in page. */
export function endSession(client: QueryClient): void {
  client.setQueryData(bootstrapQuery.queryKey, (now) => now && { ...now, authenticated: false, user: null });
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== bootstrapQuery.queryKey[0] });
  void client.invalidateQueries({ queryKey: bootstrapQuery.queryKey });
}
