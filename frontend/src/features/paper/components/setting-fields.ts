const DAYS = ['Never', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

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
    title: 'Money',
    fields: [
      { name: 'starting_capital', label: 'Capital, ₹', kind: 'number' },
      {
        name: 'reset_day',
        label: 'Weekly reset',
        kind: 'choice',
        options: DAYS.map((day) => ({ value: day, label: day })),
      },
      time('reset_time', 'Reset at'),
      { name: 'charges', label: 'Charge brokerage and taxes', kind: 'flag' },
    ],
  },
  {
    title: 'Leverage, times',
    fields: [
      times('equity_mis_leverage', 'Intraday equity'),
      times('equity_cnc_leverage', 'Delivery'),
      times('futures_leverage', 'Futures'),
      times('option_buy_leverage', 'Options bought'),
      times('option_sell_leverage', 'Options written'),
      {
        name: 'option_sell_percent',
        label: 'Written: % of strike, 0 = premium',
        kind: 'number',
      },
    ],
  },
  {
    title: 'Square-off, HH:MM in India',
    fields: [
      time('nse_bse_square_off_time', 'NSE, BSE, NFO, BFO'),
      time('cds_bcd_square_off_time', 'CDS, BCD'),
      time('mcx_square_off_time', 'MCX, NCO'),
      time('ncdex_square_off_time', 'NCDEX'),
      time('crypto_square_off_time', 'Crypto'),
    ],
  },
  {
    title: 'Fills',
    fields: [
      { name: 'slippage_bps', label: 'Slippage, 1/100 %', kind: 'number' },
      {
        name: 'market_remainder',
        label: 'MARKET beyond the book',
        kind: 'choice',
        options: [
          { value: 'slip', label: 'fills at the slippage' },
          { value: 'rest', label: 'waits' },
        ],
      },
      {
        name: 'option_expiry_settlement',
        label: 'Options expire at',
        kind: 'choice',
        options: [
          { value: 'ltp', label: 'the last price' },
          { value: 'intrinsic', label: 'their intrinsic value' },
          { value: 'zero', label: 'nothing' },
        ],
      },
      { name: 'market_hours', label: 'Keep market hours', kind: 'flag' },
      { name: 'stop_market_on_options', label: 'SL-M on options', kind: 'flag' },
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
