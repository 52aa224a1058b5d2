import { useEffect, useRef, useState } from 'react';
import { type OrderValues, toDraft } from '@/components/order-form/order-values';
import { type NewOrder, usePlaceOrder } from '@/features/ticket/api/place-order';
import { useIntentId } from '@/hooks/use-intent-id';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { useInstrument } from '@/lib/instruments/queries';
import { productsOf } from '@/lib/instruments/schema';
import { useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import { checkDraft, pricesOf, roundToTick } from '@/lib/orders/rules';
import { needsPrice } from '@/lib/orders/schema';
import { CONSENT_WORD, useLiveConsent } from '@/lib/session/live-consent';
import { type TicketRequest, useTicket } from '@/stores/ticket';
import { useHabits, usualProduct } from '@/stores/trading-habits';

/** What a ticket opens with: the request first, then what was used last for the symbol, then habits. */
export function firstValues(
  request: TicketRequest,
  ref: InstrumentRef,
  remembered: { product: string; quantity: number } | undefined,
): OrderValues {
  const offered = productsOf(ref.exchange);
  const product =
    [request.product, remembered?.product, usualProduct(ref.exchange)].find(
      (one) => one && offered.includes(one),
    ) ??
    offered[0] ??
    '';
  const quantity = request.quantity ?? remembered?.quantity;
  return {
    action: request.action,
    quantity: quantity ? String(quantity) : '',
    pricetype: request.pricetype ?? (request.atTouch ? 'LIMIT' : 'MARKET'),
    product,
    price: request.price ? String(request.price) : '',
    trigger_price: '',
    disclosed_quantity: '',
  };
}

export function useTicketForm(request: TicketRequest, ref: InstrumentRef) {
  const remembered = useTicket((state) => state.remembered[`${ref.exchange}:${ref.symbol}`]);
  const remember = useTicket((state) => state.remember);
  const close = useTicket((state) => state.close);
  const [values, setValues] = useState(() => firstValues(request, ref, remembered));
  const [errors, setErrors] = useState<FieldErrors>({});
  const { data, error: instrumentError } = useInstrument(ref);
  const instrument = data ?? null;
  const ltp = useQuoteValue(ref, Mode.quote, (quote) => quote.ltp);
  const touch = useQuoteValue(ref, Mode.depth, (quote) => (values.action === 'BUY' ? quote.ask : quote.bid));
  const intent = useIntentId();
  const placing = usePlaceOrder();
  const liveConsent = useLiveConsent();
  const [typed, setTyped] = useState('');

  const lot = instrument?.lotsize;
  useEffect(() => {
    const usual = (lot ?? 0) * useHabits.getState().lots;
    if (usual) setValues((now) => (now.quantity === '' ? { ...now, quantity: String(usual) } : now));
  }, [lot]);

  // The price box is filled once and then belongs to the trader: a price that moves under the cursor is a trap.
  const suggestion = request.atTouch ? touch : (touch ?? ltp);
  const isWaitingForPrice = needsPrice(values.pricetype) && values.price === '' && !('price' in errors);
  const wasSuggested = useRef(false);
  useEffect(() => {
    if (!isWaitingForPrice || suggestion === null || wasSuggested.current) return;
    wasSuggested.current = true;
    setValues((now) => ({ ...now, price: roundToTick(suggestion, instrument?.tick_size) }));
  }, [isWaitingForPrice, suggestion, instrument?.tick_size]);

  const change = (changed: Partial<OrderValues>) => {
    setValues((now) => ({ ...now, ...changed }));
    setErrors((now) => Object.fromEntries(Object.entries(now).filter(([field]) => !(field in changed))));
  };

  const draft = toDraft(ref.exchange, values);
  const problems = checkDraft(draft, instrument);

  const submit = () => {
    const refused = liveConsent.isNeeded && typed.trim() !== CONSENT_WORD;
    const found = refused ? { ...problems, consent: [`type ${CONSENT_WORD} in capitals`] } : problems;
    setErrors(found);
    if (Object.keys(found).length > 0 || draft.quantity === null || placing.isPending) return;
    if (liveConsent.isNeeded) liveConsent.give();
    const terms: Omit<NewOrder, 'client_order_id'> = {
      symbol: ref.symbol,
      exchange: ref.exchange,
      action: values.action,
      quantity: draft.quantity,
      pricetype: values.pricetype,
      product: values.product,
      ...pricesOf(draft),
      strategy: 'Desk',
    };
    const used = { product: values.product, quantity: draft.quantity };
    placing.mutate(
      { ...terms, client_order_id: intent.idFor(terms) },
      {
        onSuccess: () => {
          intent.settle();
          remember(ref, used);
          close();
        },
        onError: (refusal) => {
          if (!(refusal instanceof ApiError)) return;
          setErrors(refusal.fields);
          if (!refusal.outcomeUnknown) intent.settle();
        },
      },
    );
  };

  return {
    values,
    errors,
    change,
    submit,
    instrument,
    instrumentError,
    ltp,
    /** The draft when nothing is wrong with it, for the margin preview. */
    soundDraft: Object.keys(problems).length === 0 ? draft : null,
    /** The word that the first order with real money needs. */
    consent: {
      isNeeded: liveConsent.isNeeded,
      text: typed,
      type: (text: string) => {
        setTyped(text);
        setErrors(({ consent: _answered, ...others }) => others);
      },
    },
    isPlacing: placing.isPending,
    failure: placing.error,
  };
}
