import { t } from '@/messages/words';

/** The days as the server names them, and as they are read. */
const DAYS = [
  { value: 'Never', label: t('Never') },
  { value: 'Monday', label: t('Monday') },
  { value: 'Tuesday', label: t('Tuesday') },
  { value: 'Wednesday', label: t('Wednesday') },
  { value: 'Thursday', label: t('Thursday') },
  { value: 'Friday', label: t('Friday') },
  { value: 'Saturday', label: t('Saturday') },
  { value: 'Sunday', label: t('Sunday') },
];

export type SettingField = { name: string; label: string } & (
  | { kind: 'number' | 'time' | 'flag' }
  | { kind: 'choice'; options: readonly { value: string; label: string }[] }
);

export interface SettingGroup {
  title: string;
  fields: readonly SettingField[];
}

const time = (name: string, label: string): SettingField => ({ name, label, kind: 'time' });
const times = (name: string, label: string): SettingField => ({ name, label, kind: 'number' });

/** Every setting of paper trading that has a box of its own, in the order of the page. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    title: t('Money'),
    fields: [
      { name: 'starting_capital', label: t('Capital, ₹'), kind: 'number' },
      {
        name: 'reset_day',
        label: t('Weekly reset'),
        kind: 'choice',
        options: DAYS,
      },
      time('reset_time', t('Reset at')),
      { name: 'charges', label: t('Charge brokerage and taxes'), kind: 'flag' },
    ],
  },
  {
    title: t('Leverage, times'),
    fields: [
      times('equity_mis_leverage', t('Intraday equity')),
      times('equity_cnc_leverage', t('Delivery')),
      times('futures_leverage', t('Futures')),
      times('option_buy_leverage', t('Options bought')),
      times('option_sell_leverage', t('Options written')),
      {
        name: 'option_sell_percent',
        label: t('Written: % of strike, 0 = premium'),
        kind: 'number',
      },
    ],
  },
  {
    title: t('Square-off, HH:MM in India'),
    fields: [
      time('nse_bse_square_off_time', 'NSE, BSE, NFO, BFO'),
      time('cds_bcd_square_off_time', 'CDS, BCD'),
      time('mcx_square_off_time', 'MCX, NCO'),
      time('ncdex_square_off_time', 'NCDEX'),
      time('crypto_square_off_time', t('Crypto')),
    ],
  },
  {
    title: t('Fills'),
    fields: [
      { name: 'slippage_bps', label: t('Slippage, 1/100 %'), kind: 'number' },
      {
        name: 'market_remainder',
        label: t('MARKET beyond the book'),
        kind: 'choice',
        options: [
          { value: 'slip', label: t('fills at the slippage') },
          { value: 'rest', label: t('waits') },
        ],
      },
      {
        name: 'option_expiry_settlement',
        label: t('Options expire at'),
        kind: 'choice',
        options: [
          { value: 'ltp', label: t('the last price') },
          { value: 'intrinsic', label: t('their intrinsic value') },
          { value: 'zero', label: t('nothing', { context: 'price' }) },
        ],
      },
      { name: 'market_hours', label: t('Keep market hours'), kind: 'flag' },
      { name: 'stop_market_on_options', label: t('SL-M on options'), kind: 'flag' },
    ],
  },
];

const FIELDS = SETTING_GROUPS.flatMap(({ fields }) => fields);

export type Draft = Record<string, string | boolean>;

/** The stored values as the boxes hold them. */
export function draftOf(values: Record<string, unknown>): Draft {
  return Object.fromEntries(
    FIELDS.map(({ name, kind }) => [name, kind === 'flag' ? values[name] === true : String(values[name])]),
  );
}

/** What differs from the stored values, as the server takes it; a number that is none goes as typed. */
export function changesOf(draft: Draft, values: Record<string, unknown>): Record<string, unknown> {
  const stored = draftOf(values);
  const changed = FIELDS.filter(({ name }) => draft[name] !== stored[name]);
  return Object.fromEntries(
    changed.map(({ name, kind }) => {
      const typed = draft[name];
      const number = Number(typed);
      return [name, kind === 'number' && typed !== '' && Number.isFinite(number) ? number : typed];
    }),
  );
}
