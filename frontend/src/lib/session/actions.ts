import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, setCsrfToken } from '@/lib/api/client';
import { z } from '@/lib/schema';
import { bootstrapQuery } from '@/lib/session/bootstrap';
import { openInSavedLanguage } from '@/lib/session/language';
import { withdrawLiveConsent } from '@/lib/session/live-consent';
import { bootstrapSchema } from '@/lib/session/schema';

/** Signs in or sets up: the answer is the new session, so no second request is needed. */
export function useOpenSession<Form extends object>(path: '/login' | '/setup') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (form: Form) => api.post(path, bootstrapSchema, form),
    gcTime: 0,
    onSuccess: async (bootstrap) => {
      withdrawLiveConsent();
      setCsrfToken(bootstrap.csrf_token);
      if (path === '/login') await openInSavedLanguage();
      client.setQueryData(bootstrapQuery.queryKey, bootstrap);
    },
  });
}

/** Leaves the desk. Everything read in the session is dropped, whoever signs in next starts empty. */
export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/logout', z.unknown()),
    onSettled: async () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== bootstrapQuery.queryKey[0] });
      await client.refetchQueries({ queryKey: bootstrapQuery.queryKey });
    },
  });
}
