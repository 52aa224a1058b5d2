import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { type NumberStyle, setNumberStyle } from '@/lib/format';
import type { Accent, Density, Motion, Theme, ThemeChoice } from '@/lib/look';

export type { Theme } from '@/lib/look';

/** How the desk looks. The server keeps it for the user, the browser for the first paint. */
export interface Look {
  choice: ThemeChoice;
  accent: Accent;
  density: Density;
  motion: Motion;
  numberStyle: NumberStyle;
}

interface Appearance extends Look {
  /** What `choice` comes to in this browser now. */
  theme: Theme;
  isWatchlistDocked: boolean;
  look: (changed: Partial<Look>) => void;
  toggleTheme: () => void;
  toggleWatchlist: () => void;
}

const PREFERS_LIGHT = '(prefers-color-scheme: light)';

function bootTheme(): Theme {
  return document.documentElement.dataset.theme === 'light' ? 'light' : 'dark';
}

function themeOf(choice: ThemeChoice): Theme {
  if (choice !== 'system') return choice;
  return matchMedia(PREFERS_LIGHT).matches ? 'light' : 'dark';
}

export const useAppearance = create<Appearance>()(
  persist(
    (set) => ({
      theme: bootTheme(),
      choice: bootTheme(),
      accent: 'amber',
      density: 'compact',
      motion: 'system',
      numberStyle: 'indian',
      isWatchlistDocked: true,
      look: (changed) =>
        set((now) => ({ ...changed, theme: changed.choice ? themeOf(changed.choice) : now.theme })),
      toggleTheme: () =>
        set(({ theme }) => {
          const next = theme === 'dark' ? 'light' : 'dark';
          return { theme: next, choice: next };
        }),
      toggleWatchlist: () => set(({ isWatchlistDocked }) => ({ isWatchlistDocked: !isWatchlistDocked })),
    }),
    { name: 'openalgo.appearance', version: 1 },
  ),
);

function apply({ theme, accent, density, motion, numberStyle }: Appearance): void {
  Object.assign(document.documentElement.dataset, { theme, accent, density, motion });
  setNumberStyle(numberStyle);
}

apply(useAppearance.getState());
useAppearance.subscribe(apply);
matchMedia(PREFERS_LIGHT).addEventListener('change', () => {
  const { choice, look } = useAppearance.getState();
  if (choice === 'system') look({ choice });
});

/** Whether things should keep still, by the system's word or by the person's own. */
export function wantsStillness(): boolean {
  return (
    useAppearance.getState().motion === 'reduced' || matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
