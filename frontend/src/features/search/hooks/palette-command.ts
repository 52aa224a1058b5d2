import type { Action } from '@/lib/orders/schema';

/** What a line typed into the palette asks for. */
export interface PaletteCommand {
  action: Action | null;
  quantity: number | null;
  /** Limit price, typed as `@101.5`. */
  price: number | null;
  /** "chart sbin": the chart instead of the ticket. */
  isChart: boolean;
  /** The rest: what to search instruments for. */
  terms: string;
}

const ACTION_WORDS: Record<string, Action> = { buy: 'BUY', b: 'BUY', sell: 'SELL', s: 'SELL' };

/** `buy 75 nifty 24000ce @101.5` → BUY, 75, 101.5, "nifty 24000ce". A number is a quantity only right after the side. */
export function readPalette(text: string): PaletteCommand {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const action = (words.length > 1 && ACTION_WORDS[words[0]?.toLowerCase() ?? '']) || null;
  if (!action) {
    const isChart = words.length > 1 && words[0]?.toLowerCase() === 'chart';
    const terms = (isChart ? words.slice(1) : words).join(' ');
    return { action: null, quantity: null, price: null, isChart, terms };
  }
  const rest = words.slice(1);
  const hasQuantity = rest.length > 1 && /^\d+$/.test(rest[0] ?? '') && Number(rest[0]) > 0;
  const quantity = hasQuantity ? Number(rest.shift()) : null;
  const at = rest.findIndex((word) => /^@\d+(\.\d+)?$/.test(word));
  const price = at >= 0 ? Number(rest.splice(at, 1)[0]?.slice(1)) : null;
  return { action, quantity, price, isChart: false, terms: rest.join(' ') };
}
