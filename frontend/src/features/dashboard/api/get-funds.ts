import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeNumber } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { bookRefreshInterval } from '@/stores/connection';

const fundsSchema = z.object({
  availablecash: maybeNumber,
  collateral: maybeNumber,
  m2mrealized: maybeNumber,
  m2munrealized: maybeNumber,
  utiliseddebits: maybeNumber,
  unpriced: z.number(),
});

export const fundsQuery = queryOptions({
  queryKey: queryKeys.funds,
  queryFn: () => api.get('/funds', fundsSchema),
  staleTime: 5_000,
  refetchInterval: bookRefreshInterval,
});
