import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const freezeSchema = z.object({ exchange: z.string(), symbol: z.string(), freeze_qty: z.number() });
export type Freeze = z.output<typeof freezeSchema>;

const windowSchema = z.object({ kind: z.string(), start: z.string().nullable(), end: z.string().nullable() });
export type SessionWindow = z.output<typeof windowSchema>;

const daySchema = z.object({
  date: z.string(),
  description: z.string(),
  type: z.enum(['TRADING_HOLIDAY', 'SETTLEMENT_HOLIDAY', 'SPECIAL_SESSION']),
  settles: z.boolean(),
  notified: z.boolean(),
  source: z.string(),
  amended: z.boolean(),
  sessions: z.record(z.string(), z.array(windowSchema)),
});
export type Holiday = z.output<typeof daySchema>;

const timingSchema = z.object({
  group: z.string(),
  exchanges: z.array(z.string()),
  since: z.string(),
  windows: z.array(windowSchema),
  amended: z.boolean(),
});
export type Timing = z.output<typeof timingSchema>;

const rulesKey = [...queryKeys.operator, 'market-rules'];
const anything = z.unknown();

export const freezesQuery = queryOptions({
  queryKey: [...rulesKey, 'freezes'],
  queryFn: () => api.get('/operator/admin/freezes', z.array(freezeSchema)),
});

export const holidaysQuery = (year: string) =>
  queryOptions({
    queryKey: [...rulesKey, 'holidays', year],
    queryFn: () =>
      api.get(
        '/operator/admin/holidays',
        z.object({
          year: z.number(),
          days: z.array(daySchema),
          exchanges: z.array(z.string()),
          warnings: z.array(z.string()),
        }),
        { year },
      ),
  });

export const timingsQuery = queryOptions({
  queryKey: [...rulesKey, 'timings'],
  queryFn: () => api.get('/operator/admin/timings', z.array(timingSchema)),
});

function useChange<V, R>(mutationFn: (values: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: rulesKey }) });
}

const freezePath = ({ exchange, symbol }: Pick<Freeze, 'exchange' | 'symbol'>) =>
  `/operator/admin/freezes/${exchange}/${encodeURIComponent(symbol)}`;

export const useSetFreeze = () =>
  useChange((freeze: Freeze) => api.put(freezePath(freeze), anything, { freeze_qty: freeze.freeze_qty }));
export const useForgetFreeze = () => useChange((freeze: Freeze) => api.delete(freezePath(freeze), anything));
export const useUploadFreezes = () =>
  useChange((file: { exchange: string; text: string }) =>
    api.post('/operator/admin/freezes', z.object({ rows: z.number() }), file),
  );

export type HolidayForm = Pick<Holiday, 'description' | 'type' | 'settles' | 'sessions'>;

export const usePutHoliday = () =>
  useChange(({ date, ...form }: HolidayForm & { date: string }) =>
    api.put(`/operator/admin/holidays/${date}`, daySchema, form),
  );
export const useRemoveHoliday = () =>
  useChange((date: string) => api.delete(`/operator/admin/holidays/${date}`, anything));

export type TimingForm = Pick<Timing, 'group' | 'since' | 'windows'>;

export const usePutTiming = () =>
  useChange(({ group, since, windows }: TimingForm) =>
    api.put(`/operator/admin/timings/${group}/${since}`, anything, { windows }),
  );
export const useRemoveTiming = () =>
  useChange(({ group, since }: Pick<Timing, 'group' | 'since'>) =>
    api.delete(`/operator/admin/timings/${group}/${since}`, anything),
  );
