import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { newIntentId } from '@/lib/ids';
import { productsOf } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { Action, PriceType } from '@/lib/orders/schema';

/** One leg as it stands in the boxes; prices are text until they are judged. */
export interface BasketLeg extends InstrumentRef {
  id: string;
  action: Action;
  lots: number;
  /** Units of one lot. */
  lotSize: number;
  tickSize: number | null;
  pricetype: PriceType;
  price: string;
  trigger_price: string;
  product: string;
  /** Legs that are switched off are neither counted nor sent. */
  isOn: boolean;
}

export type NewLeg = InstrumentRef &
  Pick<BasketLeg, 'action' | 'lotSize'> &
  Partial<
    Pick<BasketLeg, 'lots' | 'tickSize' | 'pricetype' | 'price' | 'trigger_price' | 'product' | 'isOn'>
  >;

/** As many legs as the server values at once. */
export const MOST_LEGS = 20;

interface BasketState {
  legs: readonly BasketLeg[];
  /** The name under which the legs were saved or opened, blank for a new basket. */
  name: string;
  add: (leg: NewLeg) => boolean;
  change: (id: string, change: Partial<BasketLeg>) => void;
  remove: (id: string) => void;
  move: (id: string, step: 1 | -1) => void;
  replace: (legs: readonly NewLeg[], name?: string) => void;
  rename: (name: string) => void;
}

function made(leg: NewLeg): BasketLeg {
  return {
    id: newIntentId(),
    symbol: leg.symbol,
    exchange: leg.exchange,
    action: leg.action,
    lots: leg.lots ?? 1,
    lotSize: leg.lotSize,
    tickSize: leg.tickSize ?? null,
    pricetype: leg.pricetype ?? 'MARKET',
    price: leg.price ?? '',
    trigger_price: leg.trigger_price ?? '',
    product: leg.product ?? productsOf(leg.exchange)[0] ?? '',
    isOn: leg.isOn ?? true,
  };
}

/** The same contract on the same side at market again is one lot more, not a second leg. */
function sameLeg(legs: readonly BasketLeg[], leg: NewLeg): BasketLeg | undefined {
  return legs.find(
    (one) =>
      one.symbol === leg.symbol &&
      one.exchange === leg.exchange &&
      one.action === leg.action &&
      one.isOn &&
      one.pricetype === 'MARKET' &&
      (leg.pricetype ?? 'MARKET') === 'MARKET',
  );
}

function moved(legs: readonly BasketLeg[], id: string, step: 1 | -1): readonly BasketLeg[] {
  const from = legs.findIndex((leg) => leg.id === id);
  const to = from + step;
  const leg = legs[from];
  if (!leg || to < 0 || to >= legs.length) return legs;
  const rest = legs.filter((one) => one !== leg);
  return [...rest.slice(0, to), leg, ...rest.slice(to)];
}

/** The basket being built: filled from the chain, the search and templates, sent from its page. */
export const useBasket = create<BasketState>()(
  persist(
    (set, get) => ({
      legs: [],
      name: '',
      add: (leg) => {
        const { legs } = get();
        const same = sameLeg(legs, leg);
        if (same) {
          get().change(same.id, { lots: same.lots + (leg.lots ?? 1) });
          return true;
        }
        if (legs.length >= MOST_LEGS) return false;
        set({ legs: [...legs, made(leg)] });
        return true;
      },
      change: (id, change) =>
        set(({ legs }) => ({ legs: legs.map((leg) => (leg.id === id ? { ...leg, ...change } : leg)) })),
      remove: (id) => set(({ legs }) => ({ legs: legs.filter((leg) => leg.id !== id) })),
      move: (id, step) => set(({ legs }) => ({ legs: moved(legs, id, step) })),
      replace: (legs, name = '') => set({ legs: legs.slice(0, MOST_LEGS).map(made), name }),
      rename: (name) => set({ name }),
    }),
    { name: 'openalgo.basket', version: 1, partialize: ({ legs, name }) => ({ legs, name }) },
  ),
);

export function addToBasket(leg: NewLeg): boolean {
  return useBasket.getState().add(leg);
}
