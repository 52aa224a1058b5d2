import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const factorSchema = z.object({
  enabled: z.boolean(),
  since: maybeText,
  recovery_codes_left: z.number(),
});
export type SecondFactor = z.output<typeof factorSchema>;

const enrolmentSchema = z.object({
  secret: z.string(),
  uri: z.string(),
  qr_svg: z.string(),
  expires_at: z.string(),
});
export type Enrolment = z.output<typeof enrolmentSchema>;

const codesSchema = z.object({ recovery_codes: z.array(z.string()) });

const sessionSchema = z.object({
  id: z.number(),
  ip_address: z.string(),
  device: z.string(),
  created_at: z.string(),
  last_seen_at: z.string(),
  expires_at: z.string(),
  current: z.boolean(),
});
export type BrowserSession = z.output<typeof sessionSchema>;

const eventSchema = z.object({
  kind: z.string(),
  ip_address: z.string(),
  device: z.string(),
  detail: maybeText,
  created_at: z.string(),
});
export type SecurityEvent = z.output<typeof eventSchema>;

export interface PasswordAndCode {
  password: string;
  code: string;
}

export const secondFactorQuery = queryOptions({
  queryKey: queryKeys.secondFactor,
  queryFn: () => api.get('/totp', factorSchema),
});

export const sessionsQuery = queryOptions({
  queryKey: queryKeys.sessions,
  queryFn: () => api.get('/sessions', z.array(sessionSchema)),
  refetchInterval: 30_000,
});

export const securityEventsQuery = queryOptions({
  queryKey: queryKeys.securityEvents,
  queryFn: () => api.get('/security-events', z.array(eventSchema)),
});

/** Whatever was changed here is in the record, and may have ended sessions. */
function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      [queryKeys.secondFactor, queryKeys.sessions, queryKeys.securityEvents].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
}

/** The secret lives in the dialog that asked for it and nowhere else. */
export function useBeginEnrolment() {
  return useMutation({
    mutationFn: (password: string) => api.post('/totp', enrolmentSchema, { password }),
    gcTime: 0,
  });
}

export function useConfirmEnrolment() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (code: string) => api.post('/totp/confirm', codesSchema, { code }),
    gcTime: 0,
    onSuccess: refresh,
  });
}

export function useDisableFactor() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (form: PasswordAndCode) => api.post('/totp/disable', factorSchema, form),
    onSuccess: refresh,
  });
}

export function useRenewCodes() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (form: PasswordAndCode) => api.post('/totp/recovery-codes', codesSchema, form),
    gcTime: 0,
    onSuccess: refresh,
  });
}

export function useEndSession() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: number) => api.delete(`/sessions/${id}`, z.unknown()),
    onSettled: refresh,
  });
}

export function useEndOtherSessions() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api.delete('/sessions', z.object({ ended: z.number() })),
    onSettled: refresh,
  });
}
