import type { InstrumentRef } from '@/lib/market-data/protocol';
import { maybeNumber, maybeText } from '@/lib/numbers';
import { z } from '@/lib/schema';

const rowSchema = z.object({
  symbol: z.string(),
  exchange: z.string(),
  state: z.string(),
  expiry: maybeText,
  name: maybeText,
  instrumenttype: maybeText,
  lotsize: maybeNumber,
});
const groupSchema = z.object({
  id: z.string(),
  name: z.string(),
  collapsed: z.boolean(),
  symbols: z.array(rowSchema),
});
const listSchema = z.object({ id: z.string(), name: z.string(), groups: z.array(groupSchema) });

export const watchlistsSchema = z.object({
  version: z.number(),
  limits: z.object({ lists: z.number(), groups: z.number(), symbols: z.number() }),
  lists: z.array(listSchema),
});

/** An instrument of a list. `state`: listed, expired, unlisted (not at the active broker) or unchecked. */
export type Row = z.output<typeof rowSchema>;
export type Group = z.output<typeof groupSchema>;
export type List = z.output<typeof listSchema>;
export type Watchlists = z.output<typeof watchlistsSchema>;
export type Lists = readonly List[];

/** A change of the lists. What it speaks of may be gone by then: it answers the same lists when there is nothing to do. */
export type Edit = (lists: Lists) => Lists;

export function isSame(one: InstrumentRef, other: InstrumentRef): boolean {
  return one.symbol === other.symbol && one.exchange === other.exchange;
}

export function rowsOf(list: List): Row[] {
  return list.groups.flatMap((group) => group.symbols);
}

/** A row before the server has said what became of its instrument. */
export function freshRow({ symbol, exchange }: InstrumentRef): Row {
  return {
    symbol,
    exchange,
    state: 'unchecked',
    expiry: null,
    name: null,
    instrumenttype: null,
    lotsize: null,
  };
}

/** What the server is sent: everything in its order, nothing it knows better. */
export function bodyOf({ version }: Watchlists, lists: Lists) {
  return {
    version,
    lists: lists.map(({ id, name, groups }) => ({
      id,
      name,
      groups: groups.map((group) => ({
        id: group.id,
        name: group.name,
        collapsed: group.collapsed,
        symbols: group.symbols.map(({ symbol, exchange }) => ({ symbol, exchange })),
      })),
    })),
  };
}
