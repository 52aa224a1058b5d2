import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { OPTIONS_KEY, type Underlying } from '@/lib/instruments/options';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { z } from '@/lib/schema';

/** How often Greeks, volatility and open interest are asked for anew; prices stream beside it. */
export const REFRESH_MS = 3_000;
/** Older figures are marked. */
export const STALE_MS = 10_000;

const legSchema = z.object({
  symbol: z.string(),
  label: z.string(),
  ltp: maybeNumber,
  bid: maybeNumber,
  ask: maybeNumber,
  prev_close: maybeNumber,
  volume: maybeNumber,
  oi: maybeNumber,
  /** At the close of the previous session; null until the server knows it, and where no source has it. */
  prev_oi: maybeNumber,
  lotsize: z.number(),
  tick_size: z.number(),
  implied_volatility: maybeNumber,
  delta: maybeNumber,
  gamma: maybeNumber,
  theta: maybeNumber,
  vega: maybeNumber,
  /** Why there is no volatility. */
  iv_reason: maybeText,
});
export type ChainLeg = z.output<typeof legSchema>;

const rowSchema = z.object({ strike: z.number(), ce: legSchema.nullable(), pe: legSchema.nullable() });
export type ChainRow = z.output<typeof rowSchema>;

const chainSchema = z.object({
  underlying: z.string(),
  underlying_symbol: z.string(),
  underlying_exchange: z.string(),
  underlying_ltp: maybeNumber,
  underlying_prev_close: maybeNumber,
  expiry_date: z.string(),
  atm_strike: z.number(),
  quotes_age_ms: z.number(),
  forward_price: maybeNumber,
  forward_source: maybeText,
  t_years: z.number(),
  chain: z.array(rowSchema),
  interest: z.object({
    strikes: z.number(),
    ce_oi: maybeNumber,
    pe_oi: maybeNumber,
    pcr_oi: maybeNumber,
    pcr_volume: maybeNumber,
    max_pain: maybeNumber,
  }),
});
export type Chain = z.output<typeof chainSchema>;

export interface ChainTerms extends Underlying {
  expiry: string;
  /** On either side of the money; null is every listed strike. */
  strikes: number | null;
}

export function chainQuery(terms: ChainTerms | null) {
  return queryOptions({
    queryKey: [...OPTIONS_KEY, 'chain', terms?.underlying, terms?.exchange, terms?.expiry, terms?.strikes],
    queryFn: () =>
      api.get('/options/chain', chainSchema, {
        underlying: terms?.underlying,
        exchange: terms?.exchange,
        expiry: terms?.expiry,
        strike_count: terms?.strikes,
        with_greeks: 'true',
      }),
    enabled: terms !== null,
    refetchInterval: REFRESH_MS,
    staleTime: 1_000,
    gcTime: 60_000,
    // Another number of strikes of the same expiry may show the old ones until it is there; another expiry may not.
    placeholderData: (kept, before) =>
      terms && before?.queryKey.slice(2, 5).join() === [terms.underlying, terms.exchange, terms.expiry].join()
        ? keepPreviousData(kept)
        : undefined,
  });
}
