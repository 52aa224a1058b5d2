import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { CASH_EXCHANGES, type Instrument, isTradable } from '@/lib/instruments/schema';
import { z } from '@/lib/schema';

/** Key of everything that is read about options. */
export const OPTIONS_KEY = ['options'] as const;

/** What options are written on: a name and where it is quoted. */
export interface Underlying {
  underlying: string;
  exchange: string;
}

/** One press away from every list of options. */
export const FAVOURITES: readonly Underlying[] = [
  { underlying: 'NIFTY', exchange: 'NSE_INDEX' },
  { underlying: 'BANKNIFTY', exchange: 'NSE_INDEX' },
  { underlying: 'SENSEX', exchange: 'BSE_INDEX' },
];
export const FIRST_UNDERLYING: Underlying = { underlying: 'NIFTY', exchange: 'NSE_INDEX' };

/** What a picked instrument stands for: itself when it is an index or a share, else what it is written on. */
export function underlyingOf({
  symbol,
  exchange,
  name,
}: Pick<Instrument, 'symbol' | 'exchange' | 'name'>): Underlying {
  const isItself = !isTradable(exchange) || (CASH_EXCHANGES as readonly string[]).includes(exchange);
  return { underlying: isItself ? symbol : (name ?? symbol), exchange };
}

/** The wanted expiry as long as it is listed, else the first that is. */
export function listedExpiry(expiries: readonly string[], wanted: string): string {
  return expiries.includes(wanted) ? wanted : (expiries[0] ?? '');
}

const expiriesSchema = z.object({
  underlying: z.string(),
  /** Where the options are listed. */
  exchange: z.string(),
  expiries: z.array(z.string()),
});

export function expiriesQuery({ underlying, exchange }: Underlying) {
  return queryOptions({
    queryKey: [...OPTIONS_KEY, 'expiries', underlying, exchange],
    queryFn: () => api.get('/options/expiries', expiriesSchema, { underlying, exchange }),
    staleTime: 10 * 60_000,
  });
}
