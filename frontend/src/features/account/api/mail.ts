import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

export const MAIL_SECURITY = ['starttls', 'tls', 'none'] as const;

const mailSchema = z.object({
  configured: z.boolean(),
  server: maybeText,
  port: maybeNumber,
  security: z.enum(MAIL_SECURITY).nullish(),
  username: maybeText,
  has_password: z.boolean(),
  sender: maybeText,
  helo: maybeText,
});
export type MailServer = z.output<typeof mailSchema>;

export interface MailForm {
  server: string;
  port: number;
  security: (typeof MAIL_SECURITY)[number];
  sender: string;
  username: string | null;
  password: string | null;
}

export const mailQuery = queryOptions({
  queryKey: queryKeys.mail,
  queryFn: () => api.get('/mail', mailSchema),
});

export function useSaveMail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (form: MailForm) => api.put('/mail', mailSchema, form),
    gcTime: 0,
    onSuccess: (mail) => client.setQueryData(mailQuery.queryKey, mail),
  });
}

export function useForgetMail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete('/mail', mailSchema),
    onSuccess: (mail) => client.setQueryData(mailQuery.queryKey, mail),
  });
}

export function useTestMail() {
  return useMutation({ mutationFn: () => api.post('/mail/test', z.object({ sent_to: z.string() })) });
}
