import { z } from '@/lib/schema';

/** One dated row of what differs from the table of charges, as its boxes hold it; an empty box leaves the table's figure. */
export type RateDraft = Record<string, string>;

interface Choice {
  value: string;
  label: string;
}

const words = (value: string): Choice => ({ value, label: value.replace('_', ' ') });

export const SEGMENTS: readonly Choice[] = [
  'delivery',
  'intraday',
  'future',
  'option',
  'currency_future',
  'currency_option',
  'commodity_future',
  'commodity_option',
  'agri_future',
  'agri_option',
].map(words);

export const EXCHANGES: readonly Choice[] = [
  { value: '', label: 'all' },
  ...['NSE', 'BSE', 'NFO', 'BFO', 'CDS', 'BCD', 'MCX', 'NCO', 'NCDEX'].map((value) => ({
    value,
    label: value,
  })),
];

/** Shares of turnover, but for the two that are rupees. */
export const FIGURES: readonly { name: string; label: string }[] = [
  { name: 'brokerage_rate', label: 'Brokerage, share' },
  { name: 'brokerage_cap', label: 'Brokerage at most, ₹' },
  { name: 'transaction_tax_buy', label: 'STT/CTT on buys' },
  { name: 'transaction_tax_sell', label: 'STT/CTT on sales' },
  { name: 'exchange_fee', label: 'Exchange fee' },
  { name: 'sebi_fee', label: 'SEBI fee' },
  { name: 'stamp_duty_buy', label: 'Stamp duty on buys' },
  { name: 'gst', label: 'GST' },
  { name: 'depository_fee', label: 'Depository, ₹' },
];

/** The date that stands for "always". */
const BEGINNING = '2000-01-01';

const rowsSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));

export const newRow = (since: string): RateDraft => ({ segment: 'intraday', since, exchange: '' });

/** The stored rows as boxes hold them. */
export function rowsOf(stored: unknown): RateDraft[] {
  return rowsSchema.parse(stored ?? []).map((row) =>
    Object.fromEntries(
      ['segment', 'since', 'exchange', ...FIGURES.map(({ name }) => name)].map((name) => {
        const value = row[name];
        const text = value === null || value === undefined ? '' : String(value);
        return [name, name === 'since' && text === BEGINNING ? '' : text];
      }),
    ),
  );
}

/** The rows as the server takes them: what is empty is not sent. */
export function sentRows(rows: readonly RateDraft[]): Record<string, string>[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .map(([name, text]) => [name, text.trim()] as const)
        .filter(([, text]) => text !== ''),
    ),
  );
}

/** What is missing from a row before it can be sent, null when nothing is. */
export function complaintOf(row: RateDraft): string | null {
  const given = FIGURES.filter(({ name }) => (row[name] ?? '').trim() !== '');
  if (given.length === 0) return 'needs at least one figure';
  const wrong = given.find(({ name }) => !/^\d+(\.\d+)?$/.test((row[name] ?? '').trim()));
  return wrong ? `${wrong.label}: must be a number` : null;
}
