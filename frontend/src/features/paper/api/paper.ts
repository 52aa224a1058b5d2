import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const daySchema = z.object({
  date: z.string(),
  realized_pnl: z.number(),
  charges: z.number(),
  positions_unrealized_pnl: z.number(),
  holdings_unrealized_pnl: z.number(),
  total_mtm: z.number(),
  available_balance: z.number(),
  used_margin: z.number(),
  portfolio_value: z.number(),
});
export type PaperDay = z.output<typeof daySchema>;

const reportSchema = z.object({
  funds: z.object({
    capital: z.number(),
    available: z.number(),
    blocked: z.number(),
    holdings_cost: z.number(),
    realized_pnl: z.number(),
    charges: z.number(),
  }),
  last_reset: maybeText,
  reset_count: z.number(),
  days: z.array(daySchema),
});
export type PaperReport = z.output<typeof reportSchema>;

const valuesSchema = z.record(z.string(), z.unknown());
const settingsSchema = z.object({
  values: valuesSchema,
  defaults: valuesSchema,
  presets: z.record(z.string(), valuesSchema),
});
export type PaperSettings = z.output<typeof settingsSchema>;

export const paperReportQuery = queryOptions({
  queryKey: queryKeys.paperReport,
  queryFn: () => api.get('/sandbox/pnl', reportSchema),
  staleTime: 5_000,
});

export const paperSettingsQuery = queryOptions({
  queryKey: queryKeys.paperSettings,
  queryFn: () => api.get('/sandbox/settings', settingsSchema),
});

/** Stores some settings, all of them or none. */
export function useSavePaperSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { values?: Record<string, unknown>; preset?: string }) =>
      api.put('/sandbox/settings', settingsSchema, change),
    onSuccess: (settings) => client.setQueryData(queryKeys.paperSettings, settings),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}

/** Ends paper orders, drops positions and holdings, and gives the opening capital back. */
export function useResetPaper() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/sandbox/reset', reportSchema, { confirm: true }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}

/** Moves the whole installation between live and paper trading. */
export function useSwitchMode() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (analyze: boolean) => api.put('/sandbox/mode', z.object({ mode: z.string() }), { analyze }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.bootstrap }),
        client.invalidateQueries({ queryKey: queryKeys.book }),
      ]),
  });
}
