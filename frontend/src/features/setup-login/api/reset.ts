import { queryOptions, useMutation } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const doneSchema = z.object({ ended_sessions: z.number() });

/** How a forgotten password can be replaced at this installation. */
export const resetWaysQuery = queryOptions({
  queryKey: queryKeys.resetWays,
  queryFn: () => api.get('/reset', z.object({ by_mail: z.boolean() })),
});

export function useAskForLink() {
  return useMutation({
    mutationFn: (email: string) => api.post('/reset', z.object({ message: z.string() }), { email }),
  });
}

/** Whose link it is; the token goes in the body, never into an address. */
export function linkQuery(token: string) {
  return queryOptions({
    queryKey: [...queryKeys.resetWays, 'link', token],
    queryFn: () => api.post('/reset/check', z.object({ username: z.string() }), { token }),
    gcTime: 0,
    retry: false,
  });
}

export function useResetByLink() {
  return useMutation({
    mutationFn: (form: { token: string; new_password: string }) =>
      api.post('/reset/password', doneSchema, form),
    gcTime: 0,
  });
}

export function useResetByCode() {
  return useMutation({
    mutationFn: (form: { username: string; code: string; recovery_code: string; new_password: string }) =>
      api.post('/reset/code', doneSchema, form),
    gcTime: 0,
  });
}
