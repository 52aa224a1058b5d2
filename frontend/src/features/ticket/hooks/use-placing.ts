import { useRef } from 'react';
import { type NewOrder, usePlaceOrder } from '@/features/ticket/api/place-order';
import { useIntentId } from '@/hooks/use-intent-id';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { useTicket } from '@/stores/ticket';

/** Sends what stands in a ticket: once for each press, under one id for the same order. */
export function usePlacing(
  ref: InstrumentRef,
  onErrors: (errors: FieldErrors) => void,
  onPlaced: () => void,
) {
  const remember = useTicket((state) => state.remember);
  const intent = useIntentId();
  const placing = usePlaceOrder();
  // A second press in the same moment finds the state of before; the reference is already set.
  const isOnItsWay = useRef(false);
  return {
    isPlacing: placing.isPending,
    failure: placing.error,
    place(order: Omit<NewOrder, 'client_order_id'>) {
      if (isOnItsWay.current) return;
      isOnItsWay.current = true;
      const { product, quantity } = order;
      placing.mutate(
        { ...order, client_order_id: intent.idFor(order) },
        {
          onSuccess: () => {
            intent.settle();
            remember(ref, { product, quantity });
            onPlaced();
          },
          onError: (refusal) => {
            if (!(refusal instanceof ApiError)) return;
            onErrors(refusal.fields);
            if (!refusal.outcomeUnknown) intent.settle();
          },
          onSettled: () => {
            isOnItsWay.current = false;
          },
        },
      );
    },
  };
}
