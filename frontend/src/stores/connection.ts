import { create } from 'zustand';

interface Connection {
  /** The browser itself has a network. */
  isOnline: boolean;
  /** Order and account events arrive; while they do not, books are polled. */
  isOrderStreamUp: boolean;
}

export const useConnection = create<Connection>()(() => ({
  isOnline: typeof navigator === 'undefined' || navigator.onLine,
  isOrderStreamUp: false,
}));

/** How often a book must be asked for: events make polling needless, their absence makes it necessary. */
export function bookRefreshInterval(): number {
  return useConnection.getState().isOrderStreamUp ? 30_000 : 5_000;
}
