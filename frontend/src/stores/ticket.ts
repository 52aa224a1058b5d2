import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { Action, PriceType } from '@/lib/orders/schema';

/** What the ticket opens with; everything left out is chosen in the ticket. */
export interface TicketRequest extends Partial<InstrumentRef> {
  action: Action;
  quantity?: number;
  product?: string;
  pricetype?: PriceType;
  price?: number;
  /** Open as a limit order at the touch: the ask for a BUY, the bid for a SELL. */
  atTouch?: boolean;
}

interface Remembered {
  product: string;
  quantity: number;
}

interface TicketState {
  request: TicketRequest | null;
  /** Grows with each opening, so that the same request opens a fresh ticket. */
  opening: number;
  last: InstrumentRef | null;
  remembered: Record<string, Remembered>;
  open: (request: TicketRequest) => void;
  close: () => void;
  remember: (ref: InstrumentRef, used: Remembered) => void;
}

const REMEMBERED_SYMBOLS = 200;

function withNewest(remembered: Record<string, Remembered>, key: string, used: Remembered) {
  const { [key]: _replaced, ...others } = remembered;
  const kept = Object.entries(others).slice(-(REMEMBERED_SYMBOLS - 1));
  return { ...Object.fromEntries(kept), [key]: used };
}

export const useTicket = create<TicketState>()(
  persist(
    (set) => ({
      request: null,
      opening: 0,
      last: null,
      remembered: {},
      open: (request) =>
        set(({ opening, last }) => ({
          request,
          opening: opening + 1,
          last:
            request.symbol && request.exchange
              ? { symbol: request.symbol, exchange: request.exchange }
              : last,
        })),
      close: () => set({ request: null }),
      remember: (ref, used) =>
        set(({ remembered }) => ({
          last: { symbol: ref.symbol, exchange: ref.exchange },
          remembered: withNewest(remembered, `${ref.exchange}:${ref.symbol}`, used),
        })),
    }),
    {
      name: 'openalgo.ticket',
      version: 1,
      partialize: ({ remembered, last }) => ({ remembered, last }),
    },
  ),
);

export function openTicket(request: TicketRequest): void {
  useTicket.getState().open(request);
}
