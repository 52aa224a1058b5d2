import { ARRANGEMENTS, type Arrangement, type Sizes } from '@/features/workspace/model/arrangements';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

export const BOOKS = ['positions', 'orders', 'trades'] as const;
export type Book = (typeof BOOKS)[number];

/** Charts of one colour show the same instrument; ladder and ticket follow the colour that is in use. */
export const LINKS = ['a', 'b'] as const;
export type Link = (typeof LINKS)[number];

const MOST_LAYOUTS = 20;
export const LONGEST_NAME = 40;

const refSchema = z.object({ symbol: z.string(), exchange: z.string() }).nullable().catch(null);
const layoutSchema = z.object({
  id: z.string(),
  name: z.string(),
  arrangement: z.enum(ARRANGEMENTS),
  sizes: z.record(z.string(), z.record(z.string(), z.number())).catch({}),
  book: z.enum(BOOKS).catch('positions'),
});
export type SavedLayout = z.output<typeof layoutSchema>;

/** What the server keeps of a user's workspace; what cannot be read is left out. */
export const deskSchema = z.object({
  active: z.string().catch('chart'),
  layouts: z.array(layoutSchema).catch([]).transform(withPresets),
  symbols: z.object({ a: refSchema, b: refSchema }).catch({ a: null, b: null }),
  link: z.enum(LINKS).catch('a'),
  intervals: z
    .object({ a: z.string().nullable().catch(null), b: z.string().nullable().catch(null) })
    .catch({ a: null, b: null }),
});
export type Desk = z.output<typeof deskSchema>;

const PRESET_NAMES: Record<Arrangement, string> = {
  chart: t('Chart focus'),
  ladder: t('Ladder'),
  'two-charts': t('Two charts'),
};

function preset(arrangement: Arrangement): SavedLayout {
  return { id: arrangement, name: PRESET_NAMES[arrangement], arrangement, sizes: {}, book: 'positions' };
}

/** The three presets first, as they were left, then what the user saved. */
function withPresets(layouts: SavedLayout[]): SavedLayout[] {
  const presets = ARRANGEMENTS.map(
    (one) => layouts.find(({ id, arrangement }) => id === one && arrangement === one) ?? preset(one),
  );
  const own = layouts.filter(({ id }) => !isPreset(id));
  return [...presets.map((one) => ({ ...one, name: PRESET_NAMES[one.arrangement] })), ...own].slice(
    0,
    MOST_LAYOUTS,
  );
}

export const FIRST_DESK: Desk = {
  active: 'chart',
  layouts: ARRANGEMENTS.map(preset),
  symbols: { a: null, b: null },
  link: 'a',
  intervals: { a: null, b: null },
};

export function isPreset(id: string): boolean {
  return (ARRANGEMENTS as readonly string[]).includes(id);
}

/** The layout on screen; the first preset when the one that was used last is gone. */
export function activeLayout({ active, layouts }: Desk): SavedLayout {
  return layouts.find(({ id }) => id === active) ?? layouts[0] ?? preset('chart');
}

function changed(desk: Desk, id: string, change: Partial<SavedLayout>): Desk {
  return { ...desk, layouts: desk.layouts.map((one) => (one.id === id ? { ...one, ...change } : one)) };
}

export function withSizes(desk: Desk, group: string, sizes: Record<string, number>): Desk {
  const layout = activeLayout(desk);
  const rounded = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, Math.round(size * 100) / 100]),
  );
  return changed(desk, layout.id, { sizes: { ...layout.sizes, [group]: rounded } satisfies Sizes });
}

export function withBook(desk: Desk, book: Book): Desk {
  return changed(desk, activeLayout(desk).id, { book });
}

/** Why a layout cannot have this name; `null` when it can. */
export function nameProblem({ layouts }: Desk, name: string, id?: string): string | null {
  const text = name.trim();
  if (text === '') return t('is required');
  if (text.length > LONGEST_NAME) return t('must have at most {{most}} characters', { most: LONGEST_NAME });
  const isTaken = layouts.some((one) => one.id !== id && one.name.toLowerCase() === text.toLowerCase());
  return isTaken ? t('is taken by another layout') : null;
}

export function canSaveMore({ layouts }: Desk): boolean {
  return layouts.length < MOST_LAYOUTS;
}

/** What is on screen, under a name of its own, and from now on in use. */
export function savedAs(desk: Desk, name: string, id: string): Desk {
  if (nameProblem(desk, name) !== null || !canSaveMore(desk)) return desk;
  return {
    ...desk,
    active: id,
    layouts: [...desk.layouts, { ...activeLayout(desk), id, name: name.trim() }],
  };
}

export function renamed(desk: Desk, id: string, name: string): Desk {
  if (isPreset(id) || nameProblem(desk, name, id) !== null) return desk;
  return changed(desk, id, { name: name.trim() });
}

/** A preset stays; what was on screen when it goes gives way to the preset it was made of. */
export function deleted(desk: Desk, id: string): Desk {
  const layout = desk.layouts.find((one) => one.id === id);
  if (!layout || isPreset(id)) return desk;
  const active = desk.active === id ? layout.arrangement : desk.active;
  return { ...desk, active, layouts: desk.layouts.filter((one) => one.id !== id) };
}

/** The sizes that the arrangement begins with. */
export function resetSizes(desk: Desk): Desk {
  return changed(desk, activeLayout(desk).id, { sizes: {} });
}

export function withSymbol(desk: Desk, link: Link, { symbol, exchange }: InstrumentRef): Desk {
  return { ...desk, link, symbols: { ...desk.symbols, [link]: { symbol, exchange } } };
}
