import type { InstrumentRef } from '@/lib/market-data/protocol';

/** A price besides those of orders and positions that a chart draws: of a GTT, or of an exit that is watched. */
export interface PriceLine extends InstrumentRef {
  /** Unique among the lines of a chart. */
  id: string;
  price: number;
  title: string;
  tone: 'buy' | 'sell';
  /** Whether it may be dragged to another price. */
  canMove: boolean;
}
