import { maybeNumber, maybeText } from '@/lib/numbers';
import { z } from '@/lib/schema';

export const instrumentSchema = z.object({
  symbol: z.string(),
  exchange: z.string(),
  name: maybeText,
  /** The broker's own words for it. */
  brsymbol: z.string().nullish(),
  token: z.string().nullish(),
  expiry: maybeText,
  strike: maybeNumber,
  lotsize: maybeNumber,
  instrumenttype: maybeText,
  tick_size: maybeNumber,
  freeze_qty: maybeNumber,
});
export type Instrument = z.output<typeof instrumentSchema>;

export const CASH_EXCHANGES = ['NSE', 'BSE'] as const;
const DERIVATIVE_EXCHANGES = ['NFO', 'BFO', 'CDS', 'BCD', 'MCX', 'NCDEX', 'NCO', 'CRYPTO'] as const;

export const EXCHANGES = [
  ...CASH_EXCHANGES,
  ...DERIVATIVE_EXCHANGES,
  'NSE_INDEX',
  'BSE_INDEX',
  'MCX_INDEX',
  'GLOBAL_INDEX',
];

/** Indices carry data only: nothing can be bought there. */
export function isTradable(exchange: string): boolean {
  return !exchange.endsWith('_INDEX');
}

/** Delivery for cash, carry-forward for derivatives, intraday for both; an unknown exchange offers nothing. */
export function productsOf(exchange: string): string[] {
  if ((CASH_EXCHANGES as readonly string[]).includes(exchange)) return ['CNC', 'MIS'];
  if ((DERIVATIVE_EXCHANGES as readonly string[]).includes(exchange)) return ['NRML', 'MIS'];
  return [];
}
