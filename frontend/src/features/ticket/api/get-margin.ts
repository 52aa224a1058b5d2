import { useQuery } from '@tanstack/react-query';
import { useDebounced } from '@/hooks/use-debounced';
import { api } from '@/lib/api/client';
import { useMarketData } from '@/lib/market-data/context';
import { instrumentKey } from '@/lib/market-data/protocol';
import { maybeNumber } from '@/lib/numbers';
import type { OrderDraft } from '@/lib/orders/rules';
import { needsPrice, needsTrigger } from '@/lib/orders/schema';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const SETTLE_MS = 350;

const marginSchema = z.object({ total_margin_required: maybeNumber });
const chargesSchema = z.object({
  turnover: z.number(),
  total: maybeNumber,
  parts: z
    .record(z.string(), z.number())
    .nullish()
    .transform((parts) => parts ?? {}),
});

/** What an answer belongs to: a draft that changed meanwhile must not be shown with the figures of the one before. */
function useSettled(question: object | null): { settled: string; isCurrent: boolean } {
  const asked = JSON.stringify(question);
  const settled = useDebounced(asked, SETTLE_MS);
  return { settled, isCurrent: settled === asked };
}

export interface Figure<T> {
  /** `undefined` while it is not known for the draft as it stands. */
  data: T | undefined;
  isAsking: boolean;
  error: unknown;
}

/** Margin of a sound draft, rupees; asked for once the typing stops. `null` draft asks nothing. */
export function useMargin(symbol: string, draft: OrderDraft | null): Figure<z.output<typeof marginSchema>> {
  const { settled, isCurrent } = useSettled(
    draft && {
      symbol,
      exchange: draft.exchange,
      action: draft.action,
      product: draft.product,
      pricetype: draft.pricetype,
      quantity: String(draft.quantity),
      price: String(needsPrice(draft.pricetype) ? draft.price : 0),
      trigger_price: String(needsTrigger(draft.pricetype) ? draft.trigger_price : 0),
    },
  );
  const { data, error, isFetching } = useQuery({
    queryKey: [...queryKeys.funds, 'margin', settled],
    queryFn: () => api.post('/margin', marginSchema, { positions: [JSON.parse(settled)] }),
    enabled: settled !== 'null',
    retry: false,
    staleTime: 10_000,
  });
  return figureOf(data, error, draft !== null && (isFetching || !isCurrent), isCurrent);
}

/** Value and estimated charges of a sound draft; an order without a price is reckoned at the last one. */
export function useCharges(symbol: string, draft: OrderDraft | null): Figure<z.output<typeof chargesSchema>> {
  const client = useMarketData();
  const { settled, isCurrent } = useSettled(
    draft && {
      symbol,
      exchange: draft.exchange,
      action: draft.action,
      product: draft.product,
      quantity: draft.quantity,
      price: needsPrice(draft.pricetype) ? draft.price : draft.trigger_price,
    },
  );
  const { data, error, isFetching } = useQuery({
    queryKey: [...queryKeys.funds, 'charges', settled],
    queryFn: () => {
      const { price, ...trade } = JSON.parse(settled);
      const last = client.quotes.read(instrumentKey(trade.exchange, trade.symbol)).ltp;
      if (!(price ?? last)) throw new Error('No price is known yet');
      return api.post('/charges', chargesSchema, { ...trade, price: price ?? last });
    },
    enabled: settled !== 'null',
    retry: 2,
    staleTime: 30_000,
  });
  return figureOf(data, error, draft !== null && (isFetching || !isCurrent), isCurrent);
}

function figureOf<T>(data: T | undefined, error: unknown, isAsking: boolean, isCurrent: boolean): Figure<T> {
  return { data: isCurrent ? data : undefined, isAsking, error: isCurrent ? error : null };
}
