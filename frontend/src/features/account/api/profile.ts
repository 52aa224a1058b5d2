import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { useTakeSession } from '@/lib/session/actions';
import { bootstrapSchema } from '@/lib/session/schema';

export interface ProfileForm {
  username: string;
  email: string;
  password: string;
}

const changedSchema = bootstrapSchema.extend({ ended_sessions: z.number() });

export function useSaveProfile() {
  const take = useTakeSession();
  return useMutation({
    mutationFn: (form: ProfileForm) => api.put('/profile', bootstrapSchema, form),
    gcTime: 0,
    onSuccess: take,
  });
}

/** The answer is the session that goes on, and how many others ended. */
export function useChangePassword() {
  const take = useTakeSession();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (form: { old_password: string; new_password: string }) =>
      api.post('/password', changedSchema, form),
    gcTime: 0,
    onSuccess: async ({ ended_sessions: _ended, ...session }) => {
      take(session);
      await client.invalidateQueries({ queryKey: queryKeys.sessions });
    },
  });
}
