import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const userSchema = z.object({
  id: z.number(),
  username: z.string(),
  email: z.string(),
  is_admin: z.boolean(),
  is_disabled: z.boolean(),
  is_invited: z.boolean(),
  second_step: z.boolean(),
  created_at: z.string(),
  last_seen_at: maybeText,
});
export type User = z.output<typeof userSchema>;

const invitationSchema = z.object({ mailed: z.boolean(), link: maybeText });
export type Invitation = z.output<typeof invitationSchema>;

export const usersQuery = queryOptions({
  queryKey: queryKeys.users,
  queryFn: () => api.get('/users', z.array(userSchema)),
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: queryKeys.users });
}

export interface NewUser {
  username: string;
  email: string;
  is_admin: boolean;
  password: string;
}

export function useCreateUser() {
  return useMutation({
    mutationFn: (form: NewUser) =>
      api.post('/users', z.object({ user: userSchema, invitation: invitationSchema }), form),
    gcTime: 0,
    onSettled: useRefresh(),
  });
}

export type UserAct =
  | { what: 'standing'; is_admin: boolean; is_disabled: boolean }
  | { what: 'invite' | 'reset-password' | 'reset-second-step' | 'unlock' };

/** What an administrator does to a user, against their own password; a link comes back where no mail goes. */
export function useActOnUser(id: number) {
  return useMutation({
    mutationFn: async ({ act, password }: { act: UserAct; password: string }): Promise<Invitation | null> => {
      if (act.what === 'standing') {
        const { is_admin, is_disabled } = act;
        await api.put(`/users/${id}`, userSchema, { is_admin, is_disabled, password });
        return null;
      }
      const path = `/users/${id}/${act.what}`;
      if (act.what === 'invite' || act.what === 'reset-password')
        return api.post(path, invitationSchema, { password });
      await api.post(path, z.unknown(), { password });
      return null;
    },
    gcTime: 0,
    onSettled: useRefresh(),
  });
}
