import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { api, setCsrfToken } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { type Bootstrap, bootstrapSchema } from '@/lib/session/schema';

export async function fetchBootstrap(): Promise<Bootstrap> {
  const bootstrap = await api.get('/bootstrap', bootstrapSchema);
  setCsrfToken(bootstrap.csrf_token);
  return bootstrap;
}

export const bootstrapQuery = queryOptions({
  queryKey: queryKeys.bootstrap,
  queryFn: fetchBootstrap,
  staleTime: 60_000,
});

/** Who is signed in, in which mode, with which account. Inside the desk it is always there. */
export function useSession(): Bootstrap {
  return useSuspenseQuery(bootstrapQuery).data;
}

export function useBootstrap() {
  return useQuery(bootstrapQuery);
}
