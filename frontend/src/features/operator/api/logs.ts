import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const lineSchema = z.object({
  number: z.number(),
  at: z.string().nullable(),
  level: z.string(),
  logger: z.string(),
  message: z.string(),
  facts: z.record(z.string(), z.unknown()),
  trace: z.string().nullable(),
});
export type LogLine = z.output<typeof lineSchema>;

const fileSchema = z.object({ name: z.string(), bytes: z.number(), changed_at: z.string() });

const errorSchema = z.object({
  fingerprint: z.string(),
  level: z.string(),
  logger: z.string(),
  kind: z.string(),
  message: z.string(),
  place: z.string(),
  trace: z.string().nullable(),
  request_id: z.string().nullable(),
  count: z.number(),
  returned: z.number(),
  first_seen: z.string(),
  last_seen: z.string(),
  resolved_at: z.string().nullable(),
  resolved_by: z.string().nullable(),
});
export type ErrorGroup = z.output<typeof errorSchema>;

export const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

export interface LogFilters {
  file: string;
  level: string;
  words: string;
  isFollowing: boolean;
}

export const logQuery = ({ file, level, words, isFollowing }: LogFilters) =>
  queryOptions({
    queryKey: [...queryKeys.operator, 'log', file, level, words],
    queryFn: () =>
      api.get('/operator/logs', z.object({ rows: z.array(lineSchema), held: z.number() }), {
        file,
        level: level || 'INFO',
        words,
        limit: 500,
      }),
    refetchInterval: isFollowing ? 2_000 : false,
    placeholderData: keepPreviousData,
  });

export const logFilesQuery = queryOptions({
  queryKey: [...queryKeys.operator, 'log-files'],
  queryFn: () => api.get('/operator/logs/files', z.array(fileSchema)),
});

const errorsKey = [...queryKeys.operator, 'errors'];

export const errorsQuery = (withResolved: boolean) =>
  queryOptions({
    queryKey: [...errorsKey, withResolved],
    queryFn: () => api.get('/operator/errors', z.array(errorSchema), { resolved: String(withResolved) }),
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });

export function useResolve() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ fingerprint, resolved }: { fingerprint: string; resolved: boolean }) =>
      api.put(`/operator/errors/${fingerprint}`, errorSchema, { resolved }),
    onError: (error) => toast.error(t('The error stays as it is'), { description: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: errorsKey }),
  });
}
