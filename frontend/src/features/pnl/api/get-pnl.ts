import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const figures = {
  trades: z.number(),
  turnover: z.number(),
  realized: maybeNumber,
  unrealized: maybeNumber,
  total: maybeNumber,
  charges: maybeNumber,
  /** Open places that `unrealized` leaves out. */
  unpriced: z.number(),
};
const placeSchema = z.object({ exchange: z.string(), symbol: z.string(), product: z.string() });
const symbolSchema = placeSchema.extend({ quantity: z.number(), carried: z.number(), ...figures });
const strategySchema = z.object({ strategy: maybeText, ...figures });
export type SymbolProfit = z.output<typeof symbolSchema>;
export type StrategyProfit = z.output<typeof strategySchema>;

const todaySchema = z.object({
  day: z.string(),
  symbols: z.array(symbolSchema),
  strategies: z.array(strategySchema),
  unattributed_trades: z.number(),
});
export type Today = z.output<typeof todaySchema>;

const pointSchema = z.object({ at: z.number(), amount: z.number() });
const curveSchema = z.object({
  day: z.string(),
  interval: maybeText,
  points: z.array(z.tuple([z.number(), z.number()])),
  highest: pointSchema.nullable(),
  lowest: pointSchema.nullable(),
  drawdown: z.object({ amount: z.number(), from: pointSchema, to: pointSchema }).nullable(),
  left_out: z.array(placeSchema.extend({ why: z.string() })),
});
export type DayCurve = z.output<typeof curveSchema>;

export const todayQuery = queryOptions({
  queryKey: queryKeys.pnl,
  queryFn: () => api.get('/pnl', todaySchema),
  staleTime: 5_000,
  refetchInterval: 15_000,
});

/** Reads bars of everything traded today, so it is asked for less often. */
export const curveQuery = queryOptions({
  queryKey: queryKeys.pnlCurve,
  queryFn: () => api.get('/pnl/curve', curveSchema),
  staleTime: 30_000,
  refetchInterval: 60_000,
});
