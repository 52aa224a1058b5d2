import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const apiKeySchema = z.object({
  exists: z.boolean(),
  masked: maybeText,
  created_at: maybeText,
  last_used_at: maybeText,
});
const secretSchema = z.object({ api_key: z.string() });

export const apiKeyQuery = queryOptions({
  queryKey: queryKeys.apiKey,
  queryFn: () => api.get('/apikey', apiKeySchema),
});

/** Makes the key, or replaces it: the old one stops working at once. */
export function useRotateApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/apikey', secretSchema),
    gcTime: 0,
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.apiKey }),
  });
}

export function useRevealApiKey() {
  return useMutation({
    mutationFn: (password: string) => api.post('/apikey/reveal', secretSchema, { password }),
    gcTime: 0,
  });
}
