import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { z } from '@/lib/schema';
import { useConsentRule } from '@/lib/session/live-consent';

export const habitsSchema = z.object({
  /** What a ticket opens with where nothing was used before; null leaves it to the exchange's first. */
  equity_product: z.enum(['CNC', 'MIS']).nullable(),
  derivative_product: z.enum(['NRML', 'MIS']).nullable(),
  lots: z.number().int().min(1).max(100),
  /** Before orders with real money: once for each sign-in, or every time. */
  confirm: z.enum(['first', 'always']),
  sounds: z.boolean(),
  notifications: z.boolean(),
});
export type Habits = z.output<typeof habitsSchema>;

export const FIRST_HABITS: Habits = {
  equity_product: null,
  derivative_product: null,
  lots: 1,
  confirm: 'first',
  sounds: false,
  notifications: false,
};

/** What the desk does around orders. The server keeps it for the user, the browser has it at hand. */
export const useHabits = create<Habits>()(
  persist(() => FIRST_HABITS, { name: 'openalgo.habits', version: 1 }),
);

useConsentRule.setState({ rule: useHabits.getState().confirm });
useHabits.subscribe(({ confirm }) => useConsentRule.setState({ rule: confirm }));

const EQUITY = new Set(['NSE', 'BSE']);

/** The product that the trader usually takes at this exchange. */
export function usualProduct(exchange: string): string | null {
  const { equity_product, derivative_product } = useHabits.getState();
  return EQUITY.has(exchange) ? equity_product : derivative_product;
}
