import { type Look, useAppearance } from '@/stores/appearance';
import { type Habits, useHabits } from '@/stores/trading-habits';

/** One part of the look, and how it is chosen: shown at once. */
export function useLook<Part extends keyof Look>(part: Part) {
  const value = useAppearance((state) => state[part]) as Look[Part];
  return {
    value,
    choose: (next: Look[Part]) => useAppearance.getState().look({ [part]: next } as Partial<Look>),
  };
}

/** The trader's habits around orders. */
export function useSavedHabits() {
  return {
    habits: useHabits(),
    change: (changed: Partial<Habits>) => useHabits.setState(changed),
  };
}
