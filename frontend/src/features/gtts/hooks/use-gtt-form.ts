import { useEffect, useRef, useState } from 'react';
import type { Gtt } from '@/features/gtts/api/get-gtts';
import { useWriteGtt } from '@/features/gtts/api/write-gtts';
import {
  boxErrors,
  checkValues,
  type GttValues,
  newValues,
  termsOf,
  valuesOf,
} from '@/features/gtts/hooks/gtt-values';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { newIntentId } from '@/lib/ids';
import { useInstrument } from '@/lib/instruments/queries';
import { useLtp } from '@/lib/market-data/context';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { CONSENT_WORD, useLiveConsent } from '@/lib/session/live-consent';
import { t } from '@/messages/words';

/** The boxes of one GTT, what is wrong with them, and how they are sent. `gtt` null sets up a new one. */
export function useGttForm(of: InstrumentRef, gtt: Gtt | null, onDone: () => void) {
  const [values, setValues] = useState<GttValues>(() => (gtt ? valuesOf(gtt) : newValues(of.exchange)));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [typed, setTyped] = useState('');
  const { data: instrument } = useInstrument(of);
  const ltp = useLtp(of);
  const writing = useWriteGtt();
  const liveConsent = useLiveConsent();
  // Kept while the same terms are sent again, so that a repeat after a lost answer cannot set a second one.
  const intent = useRef<{ terms: string; key: string } | null>(null);

  const lot = instrument?.lotsize;
  useEffect(() => {
    if (lot && !gtt) setValues((now) => (now.quantity === '' ? { ...now, quantity: String(lot) } : now));
  }, [lot, gtt]);

  const change = (changed: Partial<GttValues>) => {
    setValues((now) => ({ ...now, ...changed }));
    setErrors((now) => Object.fromEntries(Object.entries(now).filter(([field]) => !(field in changed))));
  };

  const submit = () => {
    const found = checkValues(values, of, instrument ?? null, ltp);
    if (liveConsent.isNeeded && typed.trim() !== CONSENT_WORD) {
      found.consent = [t('type {{word}} in capitals', { word: CONSENT_WORD })];
    }
    setErrors(found);
    if (Object.keys(found).length > 0 || writing.isPending) return;
    if (liveConsent.isNeeded) liveConsent.give();
    const terms = termsOf(values, of);
    const text = JSON.stringify(terms);
    if (intent.current?.terms !== text) intent.current = { terms: text, key: newIntentId() };
    writing.mutate(
      { terms, gtt, key: intent.current.key },
      {
        onSuccess: onDone,
        onError: (refusal) => {
          if (!(refusal instanceof ApiError)) return;
          setErrors(boxErrors(refusal.fields, values));
          if (!refusal.outcomeUnknown) intent.current = null;
        },
      },
    );
  };

  return {
    values,
    errors,
    change,
    submit,
    instrument: instrument ?? null,
    ltp,
    isBusy: writing.isPending,
    failure: writing.error,
    consent: {
      isNeeded: liveConsent.isNeeded,
      text: typed,
      type: (text: string) => {
        setTyped(text);
        setErrors(({ consent: _answered, ...others }) => others);
      },
    },
  };
}
