import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const KINDS = [
  'count',
  'money',
  'percent',
  'seconds',
  'days',
  'time',
  'hours',
  'symbols',
  'quantities',
  'choices',
  'switch',
] as const;

export const limitFieldSchema = z.object({
  name: z.string(),
  label: z.string(),
  kind: z.enum(KINDS),
  group: z.string(),
  choices: z.array(z.string()),
});
export type LimitField = z.output<typeof limitFieldSchema>;

/** What stands in a box of the form; a switch is `on` or blank. Blank switches the rule off. */
export type Draft = Record<string, string>;

type Kind = LimitField['kind'];

/** A limit as a person reads and types it. */
export function toText(kind: Kind, value: unknown): string {
  if (value === null || value === undefined || value === false) return '';
  switch (kind) {
    case 'switch':
      return 'on';
    case 'time':
      return String(value).slice(0, 5);
    case 'hours':
      return (value as { start: string; end: string }[])
        .map(({ start, end }) => `${start.slice(0, 5)}-${end.slice(0, 5)}`)
        .join(', ');
    case 'symbols':
    case 'choices':
      return (value as string[]).join(', ');
    case 'quantities':
      return Object.entries(value as Record<string, number>)
        .map(([symbol, quantity]) => `${symbol}=${quantity}`)
        .join(', ');
    default:
      return String(value);
  }
}

const words = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => word.toUpperCase());

class Misread extends Error {}

function hours(text: string) {
  return text
    .split(',')
    .map((span) => span.trim())
    .filter(Boolean)
    .map((span) => {
      const match = /^(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})$/.exec(span);
      if (!match?.[1] || !match[2]) throw new Misread('as 09:15-15:30, several with commas');
      return { start: match[1].padStart(5, '0'), end: match[2].padStart(5, '0') };
    });
}

function quantities(text: string): Record<string, number> {
  return Object.fromEntries(
    words(text).map((pair) => {
      const [symbol, quantity] = pair.split('=');
      if (!symbol || !quantity || !/^\d+$/.test(quantity)) throw new Misread('as SBIN=500, INFY=200');
      return [symbol, Number(quantity)];
    }),
  );
}

function fromText(kind: Kind, text: string): unknown {
  switch (kind) {
    case 'switch':
      return true;
    case 'time':
      return text;
    case 'hours':
      return hours(text);
    case 'symbols':
    case 'choices':
      return words(text);
    case 'quantities':
      return quantities(text);
    case 'money':
    case 'percent':
      if (!/^\d+(\.\d+)?$/.test(text.replaceAll(',', ''))) throw new Misread(t('must be a number'));
      return text.replaceAll(',', '');
    default:
      if (!/^\d+$/.test(text.replaceAll(',', ''))) throw new Misread(t('must be a whole number'));
      return Number(text.replaceAll(',', ''));
  }
}

export function draftOf(fields: readonly LimitField[], limits: Record<string, unknown>): Draft {
  return Object.fromEntries(fields.map(({ name, kind }) => [name, toText(kind, limits[name])]));
}

/** The limits to send, or what cannot be read, by field. */
export function limitsOf(fields: readonly LimitField[], draft: Draft) {
  const limits: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const { name, kind } of fields) {
    const text = draft[name]?.trim();
    if (!text) continue;
    try {
      limits[name] = fromText(kind, text);
    } catch (error) {
      errors[name] = error instanceof Misread ? error.message : t('cannot be read');
    }
  }
  return { limits, errors };
}
