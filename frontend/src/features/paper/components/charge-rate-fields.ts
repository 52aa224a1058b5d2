import { z } from '@/lib/schema';
import { t } from '@/messages/words';

/** One dated row of what differs from the table of charges, as its boxes hold it; an empty box leaves the table's figure. */
export type RateDraft = Record<string, string>;

interface Choice {
  value: string;
  label: string;
}

export const SEGMENTS: readonly Choice[] = [
  { value: 'delivery', label: t('delivery') },
  { value: 'intraday', label: t('intraday') },
  { value: 'future', label: t('future') },
  { value: 'option', label: t('option') },
  { value: 'currency_future', label: t('currency future') },
  { value: 'currency_option', label: t('currency option') },
  { value: 'commodity_future', label: t('commodity future') },
  { value: 'commodity_option', label: t('commodity option') },
  { value: 'agri_future', label: t('agri future') },
  { value: 'agri_option', label: t('agri option') },
];

export const EXCHANGES: readonly Choice[] = [
  { value: '', label: t('all') },
  ...['NSE', 'BSE', 'NFO', 'BFO', 'CDS', 'BCD', 'MCX', 'NCO', 'NCDEX'].map((value) => ({
    value,
    label: value,
  })),
];

/** Shares of turnover, but for the two that are rupees. */
export const FIGURES: readonly { name: string; label: string }[] = [
  { name: 'brokerage_rate', label: t('Brokerage, share') },
  { name: 'brokerage_cap', label: t('Brokerage at most, ₹') },
  { name: 'transaction_tax_buy', label: t('STT/CTT on buys') },
  { name: 'transaction_tax_sell', label: t('STT/CTT on sales') },
  { name: 'exchange_fee', label: t('Exchange fee') },
  { name: 'sebi_fee', label: t('SEBI fee') },
  { name: 'stamp_duty_buy', label: t('Stamp duty on buys') },
  { name: 'gst', label: 'GST' },
  { name: 'depository_fee', label: t('Depository, ₹') },
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
  if (given.length === 0) return t('needs at least one figure');
  const wrong = given.find(({ name }) => !/^\d+(\.\d+)?$/.test((row[name] ?? '').trim()));
  return wrong ? t('{{field}}: must be a number', { field: wrong.label }) : null;
}
