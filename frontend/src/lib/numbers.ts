import { z } from '@/lib/schema';
import { t } from '@/messages/words';

/** A number as the server may print it (number or decimal text); `null`, absent and blank are unknown. */
export const maybeNumber = z
  .union([z.number(), z.string(), z.null()])
  .optional()
  .transform((value, context) => {
    if (value === null || value === undefined || value === '') return null;
    const number = typeof value === 'number' ? value : Number(value);
    if (!Number.isFinite(number)) {
      context.addIssue({ code: 'custom', message: t('not a number') });
      return z.NEVER;
    }
    return number;
  });

/** Text that may be missing. */
export const maybeText = z
  .string()
  .nullish()
  .transform((value) => value || null);

/** Parses what a person typed into a price or quantity box; blank is `null`, nonsense is `NaN`. */
export function parseTyped(text: string): number | null {
  const cleaned = text.replaceAll(',', '').trim();
  if (cleaned === '') return null;
  return /^\d*\.?\d*$/.test(cleaned) && cleaned !== '.' ? Number(cleaned) : Number.NaN;
}
