import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebounced } from '@/hooks/use-debounced';
import { api } from '@/lib/api/client';
import { maybeNumber } from '@/lib/numbers';
import type { OrderDraft } from '@/lib/orders/rules';
import { needsPrice, needsTrigger } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const marginSchema = z.looseObject({ total_margin_required: maybeNumber });

/** Margin of a sound draft, rupees; asked for once the typing stops. `null` draft asks nothing. */
export function useMargin(symbol: string, draft: OrderDraft | null) {
  const position = draft && {
    symbol,
    exchange: draft.exchange,
    action: draft.action,
    product: draft.product,
    pricetype: draft.pricetype,
    quantity: String(draft.quantity),
    price: String(needsPrice(draft.pricetype) ? draft.price : 0),
    trigger_price: String(needsTrigger(draft.pricetype) ? draft.trigger_price : 0),
  };
  const settled = useDebounced(JSON.stringify(position), 350);
  return useQuery({
    queryKey: [...queryKeys.funds, 'margin', settled],
    queryFn: () => api.post('/margin', marginSchema, { positions: [JSON.parse(settled)] }),
    enabled: settled !== 'null',
    retry: false,
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  });
}
