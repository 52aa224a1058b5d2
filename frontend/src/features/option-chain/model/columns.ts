import { t } from '@/messages/words';
/** The columns of one side, from the outside to the strike; puts mirror calls. */
export const COLUMNS = [
  { id: 'oi', title: 'OI', name: t('Open interest'), width: 70 },
  {
    id: 'oi_change',
    title: t('OI chg'),
    name: t('Change of open interest since the previous close'),
    width: 66,
  },
  { id: 'volume', title: t('Volume'), name: t('Volume'), width: 64 },
  { id: 'vega', title: t('Vega'), name: t('Vega'), width: 52 },
  { id: 'theta', title: t('Theta'), name: t('Theta'), width: 60 },
  { id: 'gamma', title: t('Gamma'), name: t('Gamma'), width: 68 },
  { id: 'delta', title: t('Delta'), name: t('Delta'), width: 60 },
  { id: 'iv', title: 'IV', name: t('Implied volatility'), width: 46 },
  { id: 'bid', title: t('Bid'), name: t('Bid'), width: 62 },
  { id: 'ask', title: t('Ask'), name: t('Ask'), width: 62 },
  { id: 'change', title: t('Chg %'), name: t('Change since the previous close'), width: 60 },
  { id: 'ltp', title: 'LTP', name: t('Last price'), width: 64 },
] as const;

export type ColumnId = (typeof COLUMNS)[number]['id'];
export type ChainColumn = (typeof COLUMNS)[number];
export type View = 'prices' | 'greeks';

/** What a newcomer sees: as much as fits beside the docked watchlist at 1440 pixels. */
export const FIRST_COLUMNS: Record<View, readonly ColumnId[]> = {
  prices: ['oi', 'oi_change', 'iv', 'bid', 'ask', 'change', 'ltp'],
  greeks: ['oi', 'vega', 'theta', 'gamma', 'delta', 'iv', 'ltp'],
};

/** A phone has room for two columns a side. */
export const NARROW_COLUMNS: Record<View, readonly ColumnId[]> = {
  prices: ['oi', 'ltp'],
  greeks: ['delta', 'ltp'],
};

/** In the order of the table, whatever the order of choosing; the last price is never hidden. */
export function chosenColumns(ids: readonly string[]): ChainColumn[] {
  return COLUMNS.filter(({ id }) => id === 'ltp' || ids.includes(id));
}
