import { useQuery } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { PRICE_TYPES } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { useSession } from '@/lib/session/bootstrap';

const termsSchema = z.object({
  products: z.array(z.string()),
  price_types: z.array(z.enum(PRICE_TYPES)),
  validities: z.array(z.string()),
  /** Whether a margin can be asked for before an order leaves. */
  margin_known: z.boolean(),
  /** Levels of the book that the feed can send, ascending. */
  depth_levels: z.array(z.number()),
});
export type OrderTerms = z.output<typeof termsSchema>;

/** What the active account's broker takes on an exchange; another account or mode asks anew. */
export function useOrderTerms({ symbol, exchange }: InstrumentRef) {
  const { account, mode } = useSession();
  return useQuery({
    queryKey: [...queryKeys.orderTerms, account?.id, mode, exchange],
    queryFn: () => api.get('/order-terms', termsSchema, { symbol, exchange }),
    enabled: account !== null,
    staleTime: 10 * 60_000,
  });
}
