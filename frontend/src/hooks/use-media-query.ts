import { useCallback, useSyncExternalStore } from 'react';

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Below this width lists become cards and the rail becomes a bottom bar. */
export const useIsNarrow = () => useMediaQuery('(max-width: 767px)');
/** Wide enough to keep the watchlist beside every page. */
export const useIsWide = () => useMediaQuery('(min-width: 1200px)');
