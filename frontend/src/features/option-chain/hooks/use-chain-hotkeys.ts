import { useEffect } from 'react';
import { hasModifier, isTyping } from '@/lib/keyboard';
import type { Action } from '@/lib/orders/schema';

/** The contract under the focus or, failing that, under the pointer. */
function targetSymbol(): string | null {
  const cell =
    document.activeElement?.closest<HTMLElement>('[data-symbol]') ??
    document.querySelector<HTMLElement>('td[data-symbol]:hover');
  return cell?.dataset.symbol ?? null;
}

interface ChainKeys {
  /** G. */
  onView: () => void;
  /** B and S, when they fill the basket; null leaves them to the desk, which opens the ticket. */
  onCollect: ((symbol: string, action: Action) => boolean) | null;
}

/** The keys of the chain: they come before the desk's own, which would open the ticket. */
export function useChainHotkeys({ onView, onCollect }: ChainKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (hasModifier(event) || event.repeat || isTyping(event)) return;
      const key = event.key.toLowerCase();
      if (key === 'g') {
        event.preventDefault();
        onView();
        return;
      }
      const action = key === 'b' ? 'BUY' : key === 's' ? 'SELL' : null;
      const symbol = action && onCollect && !event.shiftKey ? targetSymbol() : null;
      if (!action || !symbol || !onCollect?.(symbol, action)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => removeEventListener('keydown', onKey, { capture: true });
  }, [onView, onCollect]);
}
