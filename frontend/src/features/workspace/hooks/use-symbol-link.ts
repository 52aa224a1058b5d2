import { type FocusEvent, type MouseEvent, useEffect, useRef } from 'react';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { refOf } from '@/stores/ticket';

const SETTLE_MS = 150;
/** Lists whose rows choose what the charts and the ladder show. */
export const SOURCE = { 'data-source': '' };

/** Whether a click there has a purpose of its own. */
export function isControl(target: Element): boolean {
  return ['button', 'a', 'input', 'select', 'textarea', 'label'].some((tag) => target.closest(tag));
}

/** The instrument of a row in one of the lists; `null` elsewhere, and for controls with a purpose of their own. */
export function chosenIn(target: EventTarget): InstrumentRef | null {
  if (!(target instanceof Element) || !target.closest('[data-source]')) return null;
  if (isControl(target)) return null;
  const row = target.closest<HTMLElement>('[data-symbol]');
  return row ? refOf(row.dataset) : null;
}

/** The instrument a link to the chart page names. */
export function linkedIn(target: EventTarget): InstrumentRef | null {
  const link = target instanceof Element ? target.closest<HTMLAnchorElement>('a[href^="/chart?"]') : null;
  if (!link) return null;
  const named = new URL(link.href).searchParams;
  return refOf({ symbol: named.get('symbol') ?? '', exchange: named.get('exchange') ?? '' });
}

/**
 * Choosing by what is there already: a row that is clicked or walked to by key, and a chart link, which needs no other
 * page here. The lists need not know that anything follows them.
 */
export function useSymbolLink(onChoose: (ref: InstrumentRef) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onClickCapture: (event: MouseEvent) => {
      const linked = linkedIn(event.target);
      if (!linked || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      onChoose(linked);
    },
    onClick: (event: MouseEvent) => {
      const chosen = chosenIn(event.target);
      if (chosen) onChoose(chosen);
    },
    onFocus: (event: FocusEvent) => {
      clearTimeout(timer.current);
      const target = event.target as HTMLElement;
      const chosen = target.dataset.symbol ? chosenIn(target) : null;
      // A list that is walked through quickly draws no chart for what is passed.
      if (chosen) timer.current = setTimeout(() => onChoose(chosen), SETTLE_MS);
    },
  };
}
