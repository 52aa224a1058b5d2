import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebounced } from '@/hooks/use-debounced';
import { api } from '@/lib/api/client';
import { OPTIONS_KEY } from '@/lib/instruments/options';
import { maybeNumber } from '@/lib/numbers';
import { z } from '@/lib/schema';

const greeksSchema = z.object({
  delta: z.number(),
  gamma: z.number(),
  vega: z.number(),
  theta: z.number(),
});
const extremeSchema = z.object({ amount: maybeNumber, at: maybeNumber, is_unlimited: z.boolean() });

const payoffSchema = z.object({
  underlying: z.string(),
  exchange: z.string(),
  spot: z.number(),
  forward: maybeNumber,
  atm_volatility: maybeNumber,
  /** Calendar days to the first expiry, null when nothing expires. */
  days_left: maybeNumber,
  days: z.number(),
  /** Rupees that the options bring in, negative for what they cost. */
  credit: z.number(),
  legs: z.array(
    z.object({
      symbol: z.string(),
      exchange: z.string(),
      price: z.number(),
      price_source: z.string(),
      volatility: maybeNumber,
      volatility_source: z.string(),
      reason: z.string(),
      greeks: greeksSchema.nullable(),
    }),
  ),
  net: greeksSchema.nullable(),
  terminal: z
    .object({
      is_exact: z.boolean(),
      max_profit: extremeSchema,
      max_loss: extremeSchema,
      breakevens: z.array(z.number()),
      probability: maybeNumber,
    })
    .nullable(),
  prices: z.array(z.number()),
  expiry: z.array(z.number()).nullable(),
  target: z.array(z.number()).nullable(),
  /** Why a curve is missing. */
  gap: z.string(),
});
export type Payoff = z.output<typeof payoffSchema>;
export type Extreme = z.output<typeof extremeSchema>;

export interface PayoffTerms {
  legs: readonly object[];
  days: number;
  volatility_shift: number;
}

/** The server's payoff of these legs, asked for once typing stops and anew while the market moves. */
export function usePayoff(terms: PayoffTerms) {
  const settled = useDebounced(JSON.stringify(terms), 200);
  const hasLegs = terms.legs.length > 0;
  const query = useQuery({
    queryKey: [...OPTIONS_KEY, 'payoff', settled],
    queryFn: () => api.post('/options/payoff', payoffSchema, JSON.parse(settled)),
    enabled: hasLegs && (JSON.parse(settled) as PayoffTerms).legs.length > 0,
    refetchInterval: 5_000,
    retry: false,
    gcTime: 30_000,
    placeholderData: keepPreviousData,
  });
  return { ...query, data: hasLegs ? query.data : undefined };
}
