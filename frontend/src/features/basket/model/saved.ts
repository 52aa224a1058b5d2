import { ACTIONS, PRICE_TYPES } from '@/lib/orders/schema';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';
import type { BasketLeg, NewLeg } from '@/stores/basket';

const legSchema = z.object({
  symbol: z.string(),
  exchange: z.string(),
  action: z.enum(ACTIONS),
  lots: z.number().int().positive(),
  lotSize: z.number().int().positive(),
  tickSize: z.number().nullable(),
  pricetype: z.enum(PRICE_TYPES),
  price: z.string(),
  trigger_price: z.string(),
  product: z.string(),
  isOn: z.boolean(),
});

export const savedSchema = z.object({
  version: z.literal(1),
  baskets: z.array(z.object({ name: z.string(), savedAt: z.string(), legs: z.array(legSchema) })),
});
export type SavedBaskets = z.output<typeof savedSchema>;
export type SavedBasket = SavedBaskets['baskets'][number];

export const NO_BASKETS: SavedBaskets = { version: 1, baskets: [] };
export const MOST_BASKETS = 20;
export const LONGEST_NAME = 60;

/** Reads what the server keeps; a text that is not understood raises, so that it is never overwritten. */
export function readSaved(text: string | undefined): SavedBaskets {
  if (!text) return NO_BASKETS;
  return savedSchema.parse(JSON.parse(text));
}

function plain({ id: _own, ...leg }: BasketLeg): NewLeg & z.output<typeof legSchema> {
  return leg;
}

/** With this basket under its name, newest first; the oldest beyond the limit is not dropped but refused. */
export function withBasket(
  saved: SavedBaskets,
  name: string,
  legs: readonly BasketLeg[],
  savedAt: string,
): SavedBaskets {
  const others = saved.baskets.filter((one) => one.name !== name);
  if (others.length >= MOST_BASKETS)
    throw new Error(t('{{most}} baskets are kept at most: delete one first', { most: MOST_BASKETS }));
  return { version: 1, baskets: [{ name, savedAt, legs: legs.map(plain) }, ...others] };
}

export function withoutBasket(saved: SavedBaskets, name: string): SavedBaskets {
  return { version: 1, baskets: saved.baskets.filter((one) => one.name !== name) };
}
