import { useState } from 'react';
import { type LegResult, useSendBasket } from '@/features/basket/api/send';
import { complaintsByLeg, orderOf } from '@/features/basket/model/legs';
import { useIntentId } from '@/hooks/use-intent-id';
import { ApiError } from '@/lib/api/errors';
import { CONSENT_WORD, useLiveConsent } from '@/lib/session/live-consent';
import { t } from '@/messages/words';
import type { BasketLeg } from '@/stores/basket';

/** One sending of a basket: consent, one key for one intent, and what became of every leg. */
export function useSendBasketForm(legs: readonly BasketLeg[]) {
  const [allOrNone, setAllOrNone] = useState(false);
  const [results, setResults] = useState<readonly LegResult[] | null>(null);
  const [typed, setTyped] = useState('');
  const [consentError, setConsentError] = useState<string>();
  const consent = useLiveConsent();
  const intent = useIntentId();
  const sending = useSendBasket();

  const send = () => {
    if (consent.isNeeded && typed.trim() !== CONSENT_WORD) {
      setConsentError(t('type {{word}} in capitals', { word: CONSENT_WORD }));
      return;
    }
    if (sending.isPending || results) return;
    if (consent.isNeeded) consent.give();
    const terms = { orders: legs.map(orderOf), all_or_none: allOrNone };
    sending.mutate(
      { ...terms, client_order_id: intent.idFor(terms) },
      {
        onSuccess: (answer) => {
          intent.settle();
          setResults(answer.results);
        },
        onError: (refusal) => {
          if (refusal instanceof ApiError && !refusal.outcomeUnknown) intent.settle();
        },
      },
    );
  };
  const failure = sending.error;
  return {
    allOrNone,
    setAllOrNone,
    results,
    send,
    isSending: sending.isPending,
    failure,
    /** What the server says of single legs, by their place. */
    complaints: complaintsByLeg(failure instanceof ApiError ? failure.fields : {}),
    consent: {
      isNeeded: consent.isNeeded,
      text: typed,
      error: consentError,
      type: (text: string) => {
        setTyped(text);
        setConsentError(undefined);
      },
    },
  };
}
