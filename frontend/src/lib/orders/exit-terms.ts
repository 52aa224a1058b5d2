import type { FieldErrors } from '@/lib/api/errors';
import { parseTyped } from '@/lib/numbers';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const levelSchema = z.object({
  price: z.number().optional(),
  points: z.number().optional(),
  percent: z.number().optional(),
  step: z.number().optional(),
});

/** What is asked: each level told in one way. */
export const askedExitsSchema = z.object({
  stoploss: levelSchema.optional(),
  target: levelSchema.optional(),
  trailing_stop: levelSchema.optional(),
  quantity: z.number().optional(),
});
export type AskedLevel = z.output<typeof levelSchema>;
export type AskedExits = z.output<typeof askedExitsSchema>;

export type Leg = 'stoploss' | 'target' | 'trailing_stop';
export type Unit = 'price' | 'points' | 'percent';
export const LEGS: readonly Leg[] = ['stoploss', 'target', 'trailing_stop'];

/** One level as it stands in its box; blank is not asked for. */
export interface LevelValue {
  text: string;
  unit: Unit;
}
export type ExitValues = Record<Leg, LevelValue>;

export const UNITS: Record<Leg, readonly Unit[]> = {
  stoploss: ['price', 'points', 'percent'],
  target: ['price', 'points', 'percent'],
  trailing_stop: ['points', 'percent'],
};

function levelValue(asked: AskedLevel | undefined, fallback: Unit): LevelValue {
  const unit = (['price', 'points', 'percent'] as const).find((one) => asked?.[one] !== undefined);
  return unit ? { text: String(asked?.[unit]), unit } : { text: '', unit: fallback };
}

/** The boxes for what runs already, or empty ones. */
export function valuesOf(asked: AskedExits | undefined): ExitValues {
  return {
    stoploss: levelValue(asked?.stoploss, 'price'),
    target: levelValue(asked?.target, 'price'),
    trailing_stop: levelValue(asked?.trailing_stop, 'points'),
  };
}

/** The request, or what is wrong with the boxes. What the dialog does not show (step, quantity) is kept. */
export function toExits(
  values: ExitValues,
  running: AskedExits | undefined,
): { exits: AskedExits; errors: FieldErrors } {
  const exits: AskedExits = running?.quantity === undefined ? {} : { quantity: running.quantity };
  const errors: FieldErrors = {};
  for (const leg of LEGS) {
    const { text, unit } = values[leg];
    const number = parseTyped(text);
    if (number === null) continue;
    if (!(number > 0)) errors[`exits.${leg}`] = [t('must be a number above 0')];
    const step = leg === 'trailing_stop' ? running?.trailing_stop?.step : undefined;
    exits[leg] = { [unit]: number, ...(step === undefined ? {} : { step }) };
  }
  if (LEGS.every((leg) => exits[leg] === undefined)) errors.exits = [t('give at least one level')];
  return { exits, errors };
}

/** Whether any level is asked for. */
export function hasExits(values: ExitValues): boolean {
  return LEGS.some((leg) => values[leg].text.trim() !== '');
}

/** Where a level lies for a position of this average; `null` while it cannot be known here. */
export function levelAt(
  leg: Leg,
  { text, unit }: LevelValue,
  { quantity, average, ltp }: { quantity: number; average: number | null; ltp: number | null },
): number | null {
  const number = parseTyped(text);
  if (number === null || !(number > 0)) return null;
  if (unit === 'price') return number;
  const base = leg === 'trailing_stop' ? ltp : average;
  if (base === null) return null;
  const distance = unit === 'points' ? number : (base * number) / 100;
  const isUp = (leg === 'target') === quantity > 0;
  return base + (isUp ? distance : -distance);
}
