import { useEffect, useRef } from 'react';

/** Gives the focus back, when the component goes, to the row that it was opened from. */
export function useFocusReturn(isWanted = true): void {
  const before = useRef<Element | null>(document.activeElement);
  useEffect(() => {
    const target = before.current;
    if (!isWanted) return;
    return () => {
      if (target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true });
    };
  }, [isWanted]);
}
