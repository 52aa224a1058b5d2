import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import type { Underlying } from '@/lib/instruments/options';
import { type Instrument, instrumentSchema } from '@/lib/instruments/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

export type OptionType = 'CE' | 'PE';

const DAY = 10 * 60_000;
const strikesSchema = z.object({ expiry: z.string(), strikes: z.array(z.number()) });
const pickSchema = z.object({ legs: z.array(instrumentSchema) });

/** Listed strikes of an expiry, ascending. */
export function strikesQuery(root: Underlying | null, expiry: string) {
  return queryOptions({
    queryKey: [...queryKeys.instruments, 'strikes', root?.exchange, root?.underlying, expiry],
    queryFn: () => api.get('/options/strikes', strikesSchema, { ...root, expiry }),
    enabled: root !== null && expiry !== '',
    staleTime: DAY,
  });
}

/** Where a contract stands: a strike, or so many strikes from the money (`ATM`, `OTM2`) by the price of now. */
export type Place = { strike: number } | { offset: string };

/** The contract at a place, null when none is listed there. */
export function contractQuery(
  root: Underlying | null,
  listedOn: string,
  expiry: string,
  type: OptionType,
  place: Place | null,
) {
  return queryOptions({
    queryKey: [...queryKeys.instruments, 'option', root?.exchange, root?.underlying, expiry, type, place],
    queryFn: async (): Promise<Instrument | null> => {
      if (place && 'offset' in place) {
        const legs = [{ option_type: type, offset: place.offset, expiry }];
        return (await api.post('/options/pick', pickSchema, { ...root, legs })).legs[0] ?? null;
      }
      const found = await api.get('/search', z.array(instrumentSchema), {
        underlying: root?.underlying,
        exchange: listedOn,
        expiry,
        type,
        strike_min: place?.strike,
        strike_max: place?.strike,
        limit: 1,
      });
      return found[0] ?? null;
    },
    enabled: root !== null && listedOn !== '' && expiry !== '' && place !== null,
    // What stands at the money moves with the price.
    staleTime: place && 'offset' in place ? 5_000 : DAY,
  });
}

/** The strike nearest to a price; the lower one of two that are equally near. */
export function nearestStrike(strikes: readonly number[], price: number | null): number | null {
  if (price === null) return strikes[Math.floor(strikes.length / 2)] ?? null;
  let best: number | null = null;
  for (const strike of strikes) {
    if (best === null || Math.abs(strike - price) < Math.abs(best - price)) best = strike;
  }
  return best;
}
