import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Theme = 'dark' | 'light';

interface Appearance {
  theme: Theme;
  isWatchlistDocked: boolean;
  toggleTheme: () => void;
  toggleWatchlist: () => void;
}

function bootTheme(): Theme {
  return document.documentElement.dataset.theme === 'light' ? 'light' : 'dark';
}

/** What the person chose for this browser; nothing of the server's is kept here. */
export const useAppearance = create<Appearance>()(
  persist(
    (set) => ({
      theme: bootTheme(),
      isWatchlistDocked: true,
      toggleTheme: () => set(({ theme }) => ({ theme: theme === 'dark' ? 'light' : 'dark' })),
      toggleWatchlist: () => set(({ isWatchlistDocked }) => ({ isWatchlistDocked: !isWatchlistDocked })),
    }),
    { name: 'openalgo.appearance', version: 1 },
  ),
);

useAppearance.subscribe(({ theme }) => {
  document.documentElement.dataset.theme = theme;
});
