import { useEffect } from 'react';
import { hasModifier, isTyping } from '@/lib/keyboard';
import type { Action } from '@/lib/orders/schema';
import { openTicket, useTicket } from '@/stores/ticket';

/** The instrument under the focus or, failing that, under the pointer; then the one traded last. */
function targetInstrument() {
  const row =
    document.activeElement?.closest<HTMLElement>('[data-symbol]') ??
    // The innermost: a page may name an instrument around its lists.
    [...document.querySelectorAll<HTMLElement>('[data-symbol]:hover')].at(-1);
  const { symbol, exchange, quantity, product } = row?.dataset ?? {};
  if (symbol && exchange)
    return { symbol, exchange, quantity: quantity ? Number(quantity) : undefined, product };
  return useTicket.getState().last ?? {};
}

/** B and S open the ticket from anywhere; with Shift as a limit order at the touch. */
export function useTradeHotkeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (hasModifier(event) || event.repeat || isTyping(event)) return;
      const action: Action | undefined = ({ b: 'BUY', s: 'SELL' } as const)[
        event.key.toLowerCase() as 'b' | 's'
      ];
      if (!action) return;
      event.preventDefault();
      openTicket({ ...targetInstrument(), action, atTouch: event.shiftKey });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
