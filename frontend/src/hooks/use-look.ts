import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ACCENTS, DENSITIES, MOTIONS, NUMBER_STYLES, THEME_CHOICES } from '@/lib/look';
import { documentsQuery, usePreference } from '@/lib/preferences/documents';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';
import { type Look, useAppearance } from '@/stores/appearance';
import { FIRST_HABITS, type Habits, habitsSchema, useHabits } from '@/stores/trading-habits';

/** Document of the server for each part of the look, and how it is read. */
export const LOOK_DOCUMENTS = {
  choice: { key: 'theme', schema: z.enum(THEME_CHOICES) },
  accent: { key: 'accent', schema: z.enum(ACCENTS) },
  density: { key: 'density', schema: z.enum(DENSITIES) },
  motion: { key: 'motion', schema: z.enum(MOTIONS) },
  numberStyle: { key: 'number_style', schema: z.enum(NUMBER_STYLES) },
} as const;
const WHAT = t('The appearance');
const HABITS_KEY = 'trading';
const HABITS_WHAT = t('The preference');

/** One part of the look: shown at once, kept by the server, taken back when it refuses. */
export function useLook<Part extends keyof Look>(part: Part) {
  const { key, schema } = LOOK_DOCUMENTS[part];
  const value = useAppearance((state) => state[part]) as Look[Part];
  const { save } = usePreference(key, schema as unknown as z.ZodType<Look[Part]>, value, WHAT);
  return {
    value,
    choose: (next: Look[Part]) => {
      useAppearance.getState().look({ [part]: next } as Partial<Look>);
      save(next);
    },
  };
}

/** The trader's habits around orders, kept like the look. */
export function useSavedHabits() {
  const habits = useHabits();
  const { save } = usePreference<Habits>(HABITS_KEY, habitsSchema, FIRST_HABITS, HABITS_WHAT);
  return {
    habits,
    change: (changed: Partial<Habits>) => {
      const next = { ...useHabits.getState(), ...changed };
      useHabits.setState(next, true);
      save(next);
    },
  };
}

/** What the server keeps for the user counts in every browser, as soon as it is read or changes elsewhere. */
export function useKeptLook(): void {
  const { data } = useQuery(documentsQuery);
  useEffect(() => {
    if (!data) return;
    const look: Partial<Record<keyof Look, unknown>> = {};
    for (const [part, { key, schema }] of Object.entries(LOOK_DOCUMENTS)) {
      const read = schema.safeParse(data[key]?.value);
      if (read.success) look[part as keyof Look] = read.data;
    }
    if (Object.keys(look).length > 0) useAppearance.getState().look(look as Partial<Look>);
    const habits = habitsSchema.safeParse(data[HABITS_KEY]?.value);
    if (habits.success) useHabits.setState(habits.data, true);
  }, [data]);
}
