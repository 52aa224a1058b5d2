import { useRef } from 'react';
import { newIntentId } from '@/lib/ids';

/** Reuses the id while the same terms are sent again, so a repeat after a lost answer cannot place a second order. */
export function useIntentId() {
  const intent = useRef<{ terms: string; id: string } | null>(null);
  return {
    idFor(terms: object): string {
      const text = JSON.stringify(terms);
      if (intent.current?.terms !== text) intent.current = { terms: text, id: newIntentId() };
      return intent.current.id;
    },
    settle() {
      intent.current = null;
    },
  };
}
