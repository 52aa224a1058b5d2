import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { type OrderValues, toDraft } from '@/components/order-form/order-values';
import type { NewOrder } from '@/features/ticket/api/place-order';
import { firstValues, fitted, pricedAt } from '@/features/ticket/hooks/first-values';
import { usePlacing } from '@/features/ticket/hooks/use-placing';
import type { FieldErrors } from '@/lib/api/errors';
import { useInstrument } from '@/lib/instruments/queries';
import { useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import { type ExitValues, hasExits, toExits, valuesOf } from '@/lib/orders/exit-terms';
import { checkDraft, freezeSlices, pricesOf, roundToTick } from '@/lib/orders/rules';
import { needsPrice } from '@/lib/orders/schema';
import { useOrderTerms } from '@/lib/orders/terms';
import { CONSENT_WORD, useLiveConsent } from '@/lib/session/live-consent';
import { t } from '@/messages/words';
import { type TicketRequest, useTicket } from '@/stores/ticket';
import { useHabits, usualProduct } from '@/stores/trading-habits';

const without = (errors: FieldErrors, isGone: (field: string) => boolean) =>
  Object.fromEntries(Object.entries(errors).filter(([field]) => !isGone(field)));

/** The boxes of a ticket: filled once from what is known, and from then on the trader's. */
function useValues(request: TicketRequest, ref: InstrumentRef) {
  const remembered = useTicket((state) => state.remembered[`${ref.exchange}:${ref.symbol}`]);
  const [values, setValues] = useState(() => firstValues(request, remembered, usualProduct(ref.exchange)));
  const { data: instrument = null, error: instrumentError } = useInstrument(ref);
  const terms = useOrderTerms(ref);
  const lot = instrument?.lotsize;
  useEffect(() => {
    const usual = (lot ?? 0) * useHabits.getState().lots;
    if (usual) setValues((now) => (now.quantity === '' ? { ...now, quantity: String(usual) } : now));
  }, [lot]);
  const shown = terms.data ? fitted(values, terms.data) : values;
  return { values: shown, setValues, instrument, terms, error: instrumentError ?? terms.error };
}

/** The price box is filled once and then belongs to the trader: a price that moves under the cursor is a trap. */
function useSuggestedPrice(isWaiting: boolean, suggestion: number | null, put: (price: number) => void) {
  const wasSuggested = useRef(false);
  const onSuggested = useEffectEvent(put);
  useEffect(() => {
    if (!isWaiting || suggestion === null || wasSuggested.current) return;
    wasSuggested.current = true;
    onSuggested(suggestion);
  }, [isWaiting, suggestion]);
}

/** Prices that are pointed at elsewhere while this form is on screen. */
function useOfferedPrice(ref: InstrumentRef, put: (price: number, action: OrderValues['action']) => void) {
  const { symbol, exchange } = ref;
  const offered = useTicket((state) => state.offered);
  const onOffered = useEffectEvent(put);
  useEffect(() => {
    useTicket.setState({ shown: { symbol, exchange }, offered: null });
    return () => void useTicket.setState({ shown: null });
  }, [symbol, exchange]);
  useEffect(() => {
    if (!offered) return;
    useTicket.setState({ offered: null });
    onOffered(offered.price, offered.action);
  }, [offered]);
}

export function useTicketForm(request: TicketRequest, ref: InstrumentRef, onPlaced: () => void) {
  const { values, setValues, instrument, terms, error } = useValues(request, ref);
  const [exits, setExits] = useState<ExitValues>(() => valuesOf(undefined));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [typed, setTyped] = useState('');
  const ltp = useQuoteValue(ref, Mode.quote, (quote) => quote.ltp);
  const bid = useQuoteValue(ref, Mode.depth, (quote) => quote.bid);
  const ask = useQuoteValue(ref, Mode.depth, (quote) => quote.ask);
  const [touch, otherTouch] = values.action === 'BUY' ? [ask, bid] : [bid, ask];
  const liveConsent = useLiveConsent();
  const placing = usePlacing(ref, setErrors, onPlaced);

  const change = (changed: Partial<OrderValues>) => {
    setValues((now) => ({ ...now, ...changed }));
    setErrors((now) => without(now, (field) => field in changed));
  };
  const isWaitingForPrice = needsPrice(values.pricetype) && values.price === '' && !('price' in errors);
  useSuggestedPrice(isWaitingForPrice, request.atTouch ? touch : (touch ?? ltp), (price) =>
    change({ price: roundToTick(price, instrument?.tick_size) }),
  );
  const pick = (price: number) => change(pricedAt(values, price, instrument));
  useOfferedPrice(ref, (price, action) => change({ ...pricedAt(values, price, instrument), action }));

  const parts = freezeSlices(
    toDraft(ref.exchange, values).quantity,
    instrument?.freeze_qty,
    instrument?.lotsize,
  );
  const draft = toDraft(ref.exchange, values, parts > 1);
  const problems = checkDraft(draft, instrument);
  const asked = hasExits(exits) ? toExits(exits, undefined) : null;

  const submit = () => {
    const refused = liveConsent.isNeeded && typed.trim() !== CONSENT_WORD;
    const found = {
      ...problems,
      ...asked?.errors,
      ...(asked && parts > 1 && { exits: [t('come with one order: a split one takes none')] }),
      ...(refused && { consent: [t('type {{word}} in capitals', { word: CONSENT_WORD })] }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0 || draft.quantity === null || !terms.data) return;
    if (liveConsent.isNeeded) liveConsent.give();
    const order: Omit<NewOrder, 'client_order_id'> = {
      symbol: ref.symbol,
      exchange: ref.exchange,
      action: values.action,
      quantity: draft.quantity,
      pricetype: values.pricetype,
      product: values.product,
      ...pricesOf(draft),
      ...(asked && { exits: asked.exits }),
      ...(parts > 1 && { split: true as const }),
      strategy: 'Desk',
    };
    placing.place(order);
  };

  return {
    values,
    exits,
    errors,
    change,
    changeExits: (next: ExitValues) => {
      setExits(next);
      setErrors((now) => without(now, (field) => field.startsWith('exits')));
    },
    pick,
    submit,
    instrument,
    terms: terms.data,
    error,
    ltp,
    /** The price at which an order of this side would fill at once, and of the other side. */
    touch,
    otherTouch,
    /** How many orders the quantity leaves in. */
    parts,
    /** The draft when nothing is wrong with it, for what it would bind and cost. */
    soundDraft: Object.keys(problems).length === 0 ? draft : null,
    /** The word that the first order with real money needs. */
    consent: {
      isNeeded: liveConsent.isNeeded,
      text: typed,
      type: (text: string) => {
        setTyped(text);
        setErrors((now) => without(now, (field) => field === 'consent'));
      },
    },
    isPlacing: placing.isPlacing,
    failure: placing.failure,
  };
}
