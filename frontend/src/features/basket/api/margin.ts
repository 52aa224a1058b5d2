import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebounced } from '@/hooks/use-debounced';
import { api } from '@/lib/api/client';
import { maybeNumber } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const marginSchema = z.object({ total_margin_required: maybeNumber, margin_benefit: maybeNumber });

/** Margin of sound legs taken together, rupees; asked for once typing stops. No leg asks nothing. */
export function useBasketMargin(positions: readonly object[]) {
  const settled = useDebounced(JSON.stringify(positions), 350);
  return useQuery({
    queryKey: [...queryKeys.funds, 'basket-margin', settled],
    queryFn: () => api.post('/margin', marginSchema, { positions: JSON.parse(settled) }),
    enabled: settled !== '[]' && positions.length > 0,
    retry: false,
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  });
}
