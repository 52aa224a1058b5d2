import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Position } from '@/features/positions/api/get-positions';
import { api } from '@/lib/api/client';
import { OPTIONS_KEY } from '@/lib/instruments/options';
import { isOption } from '@/lib/instruments/underlying';
import { z } from '@/lib/schema';

const MOST_LEGS = 20;
const REFRESH_MS = 5_000;

const netSchema = z.object({
  net: z.object({ delta: z.number(), gamma: z.number(), theta: z.number(), vega: z.number() }).nullable(),
});
export type NetGreeks = z.output<typeof netSchema>['net'];

export interface HeldLeg {
  symbol: string;
  exchange: string;
  action: 'BUY' | 'SELL';
  quantity: number;
}

/** What is held of each contract over all products; nothing where no option is among it or it is more than is weighed. */
export function heldLegs(
  positions: readonly Pick<Position, 'symbol' | 'exchange' | 'quantity'>[],
): HeldLeg[] {
  const held = new Map<string, { symbol: string; exchange: string; net: number }>();
  for (const { symbol, exchange, quantity } of positions) {
    const key = `${exchange}:${symbol}`;
    held.set(key, { symbol, exchange, net: (held.get(key)?.net ?? 0) + quantity });
  }
  const legs = [...held.values()]
    .filter(({ net }) => net !== 0)
    .map(({ symbol, exchange, net }) => ({
      symbol,
      exchange,
      action: net > 0 ? ('BUY' as const) : ('SELL' as const),
      quantity: Math.abs(net),
    }));
  return legs.length <= MOST_LEGS && legs.some(isOption) ? legs : [];
}

/** The server's Greeks of all that is held of one underlying, in rupees; asked for anew while the market moves. */
export function useNetGreeks(positions: readonly Position[]): NetGreeks {
  const legs = heldLegs(positions);
  const { data } = useQuery({
    queryKey: [...OPTIONS_KEY, 'net', JSON.stringify(legs)],
    queryFn: () => api.post('/options/payoff', netSchema, { legs }),
    enabled: legs.length > 0,
    refetchInterval: REFRESH_MS,
    retry: false,
    gcTime: 30_000,
    placeholderData: keepPreviousData,
  });
  return legs.length > 0 ? (data?.net ?? null) : null;
}
