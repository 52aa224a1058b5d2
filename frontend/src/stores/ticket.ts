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

/** A price that was pointed at while its instrument's ticket stood open. */
export interface OfferedPrice {
  price: number;
  action: Action;
}

interface TicketState {
  request: TicketRequest | null;
  /** Grows with each opening, so that the same request opens a fresh ticket. */
  opening: number;
  /** The instrument whose form is on screen. */
  shown: InstrumentRef | null;
  offered: OfferedPrice | null;
  /** A page keeps the ticket in a panel of its own: nothing floats meanwhile. */
  isDocked: boolean;
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
      shown: null,
      offered: null,
      isDocked: false,
      last: null,
      remembered: {},
      open: (request) =>
        set(({ opening, last }) => ({
          request,
          opening: opening + 1,
          offered: null,
          last: refOf(request) ?? last,
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

/** The instrument of a request; `null` while half of its name is missing. */
export function refOf({ symbol, exchange }: Partial<InstrumentRef>): InstrumentRef | null {
  return symbol && exchange ? { symbol, exchange } : null;
}

/** Takes a price into the ticket that stands open for the instrument, with what was typed; else opens one at it. */
export function offerPrice(ref: InstrumentRef, price: number, action: Action): void {
  const { shown } = useTicket.getState();
  if (shown?.symbol === ref.symbol && shown.exchange === ref.exchange)
    useTicket.setState({ offered: { price, action } });
  else openTicket({ symbol: ref.symbol, exchange: ref.exchange, action, pricetype: 'LIMIT', price });
}
