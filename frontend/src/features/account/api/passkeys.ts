import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { type CreationJson, createPasskey } from '@/lib/session/passkeys';

const passkeySchema = z.object({
  id: z.number(),
  name: z.string(),
  created_at: z.string(),
  last_used_at: maybeText,
  is_synced: z.boolean(),
  is_suspended: z.boolean(),
});
export type Passkey = z.output<typeof passkeySchema>;

const creationSchema = z.looseObject({
  challenge: z.string(),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
});

export const passkeysQuery = queryOptions({
  queryKey: queryKeys.passkeys,
  queryFn: () => api.get('/passkeys', z.object({ origin: maybeText, passkeys: z.array(passkeySchema) })),
});

function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.passkeys }),
      client.invalidateQueries({ queryKey: queryKeys.securityEvents }),
    ]);
}

/** Question of the server, answer of the device, and the server keeps it. */
export function useAddPasskey() {
  return useMutation({
    mutationFn: async ({ name, password }: { name: string; password: string }) => {
      const options = await api.post('/passkeys/begin', creationSchema, { password });
      const credential = await createPasskey(options as CreationJson);
      return api.post('/passkeys', passkeySchema, { name: name.trim(), credential });
    },
    gcTime: 0,
    onSettled: useRefresh(),
  });
}

export function useRenamePasskey(id: number) {
  return useMutation({
    mutationFn: (name: string) => api.put(`/passkeys/${id}`, passkeySchema, { name }),
    onSettled: useRefresh(),
  });
}

export function useRemovePasskey() {
  return useMutation({
    mutationFn: (id: number) => api.delete(`/passkeys/${id}`, z.unknown()),
    onSettled: useRefresh(),
  });
}
