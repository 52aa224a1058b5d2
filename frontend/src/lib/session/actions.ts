import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, setCsrfToken } from '@/lib/api/client';
import { z } from '@/lib/schema';
import { bootstrapQuery } from '@/lib/session/bootstrap';
import { openInSavedLanguage } from '@/lib/session/language';
import { withdrawLiveConsent } from '@/lib/session/live-consent';
import { showPasskey } from '@/lib/session/passkeys';
import { type Bootstrap, bootstrapSchema } from '@/lib/session/schema';

/** Takes over the session that an answer brought, so no second request is needed. */
export function useTakeSession() {
  const client = useQueryClient();
  return (bootstrap: Bootstrap) => {
    setCsrfToken(bootstrap.csrf_token);
    client.setQueryData(bootstrapQuery.queryKey, bootstrap);
  };
}

/** Signs in, hands in the code, or sets up: the answer is the new session. */
export function useOpenSession<Form extends object>(
  path: '/login' | '/login/code' | '/login/recovery' | '/setup',
) {
  const take = useTakeSession();
  return useMutation({
    mutationFn: (form: Form) => api.post(path, bootstrapSchema, form),
    gcTime: 0,
    onSuccess: async (bootstrap) => {
      withdrawLiveConsent();
      setCsrfToken(bootstrap.csrf_token);
      if (path !== '/setup' && bootstrap.authenticated) await openInSavedLanguage();
      take(bootstrap);
    },
  });
}

/** Question of the server, answer of the device, and in. */
export function usePasskeySignIn() {
  const take = useTakeSession();
  return useMutation({
    mutationFn: async () => {
      const options = await api.post('/login/passkey/begin', z.looseObject({ challenge: z.string() }));
      return api.post('/login/passkey', bootstrapSchema, { credential: await showPasskey(options) });
    },
    gcTime: 0,
    onSuccess: async (bootstrap) => {
      withdrawLiveConsent();
      setCsrfToken(bootstrap.csrf_token);
      await openInSavedLanguage();
      take(bootstrap);
    },
  });
}

/** Back to name and password. */
export function useStartOver() {
  const take = useTakeSession();
  return useMutation({
    mutationFn: () => api.delete('/login/code', bootstrapSchema),
    onSuccess: take,
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
