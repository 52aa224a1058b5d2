import { useEffect, useState } from 'react';

const SHOWN_FOR_MS = 60_000;

/** The key while this page is open: in this component's memory alone, masked until its owner asks to see it. */
export function useHeldKey() {
  const [secret, setSecret] = useState<string | null>(null);
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    if (!isShown) return;
    const timer = setTimeout(() => setIsShown(false), SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [isShown]);
  return {
    secret,
    isShown: isShown && secret !== null,
    hold: (key: string) => setSecret(key),
    show: setIsShown,
    forget: () => {
      setSecret(null);
      setIsShown(false);
    },
  };
}

export type HeldKey = ReturnType<typeof useHeldKey>;
