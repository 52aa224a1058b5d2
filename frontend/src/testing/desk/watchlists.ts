import { type Answer, type Call, failure, success } from './answers.ts';
import { expiriesOf, findInstrument } from './market.ts';
import type { MockDesk } from './mock-desk.ts';

interface Ref {
  symbol: string;
  exchange: string;
}

export interface MockWatchlists {
  version: number;
  lists: {
    id: string;
    name: string;
    groups: { id: string; name: string; collapsed: boolean; symbols: Ref[] }[];
  }[];
}

/** The lists of a desk; until they are saved, one list of what the desk was given to watch. */
function listsOf(desk: MockDesk): MockWatchlists {
  desk.watchlists ??= {
    version: 0,
    lists: [
      {
        id: 'list-1',
        name: 'Watchlist',
        groups: [{ id: 'group-1', name: '', collapsed: false, symbols: desk.watchlist }],
      },
    ],
  };
  return desk.watchlists;
}

function seen({ symbol, exchange }: Ref) {
  const found = findInstrument(exchange, symbol);
  return {
    symbol,
    exchange,
    state: found ? 'listed' : 'expired',
    expiry: found?.expiry || null,
    name: found?.name ?? null,
    instrumenttype: found?.instrumenttype ?? null,
    lotsize: found?.lotsize ?? null,
  };
}

function shown({ version, lists }: MockWatchlists) {
  return {
    version,
    limits: { lists: 20, groups: 20, symbols: 250 },
    lists: lists.map((list) => ({
      ...list,
      groups: list.groups.map((group) => ({ ...group, symbols: group.symbols.map(seen) })),
    })),
  };
}

function replace(desk: MockDesk, { body }: Call): Answer {
  const before = listsOf(desk);
  if (body.version !== before.version) {
    return failure(409, 'The watch lists were changed elsewhere', {
      code: 'WATCHLISTS_CHANGED',
      current: shown(before),
    });
  }
  desk.watchlists = { version: before.version + 1, lists: body.lists as MockWatchlists['lists'] };
  desk.emit('watchlists_changed', { version: desk.watchlists.version });
  return success(shown(desk.watchlists));
}

function keepDocument(desk: MockDesk, { body, path }: Call): Answer {
  const key = path.split('/').at(-1) ?? '';
  desk.documents[key] = { version: (desk.documents[key]?.version ?? 0) + 1, value: body.value };
  desk.emit('preference_changed', { area: 'documents', key, version: desk.documents[key].version });
  return success(desk.documents[key]);
}

export const WATCHLIST_ROUTES = {
  'GET /watchlists': (desk: MockDesk) => success(shown(listsOf(desk))),
  'PUT /watchlists': replace,
  'GET /search/expiries': (_desk: MockDesk, { query }: Call) =>
    success(expiriesOf(query.get('underlying') ?? '')),
  'GET /preferences/documents': (desk: MockDesk) => success(desk.documents),
};

/** Longer paths than the table of routes knows. */
export function answerDocument(desk: MockDesk, call: Call): Answer | null {
  return call.method === 'PUT' && call.path.startsWith('/preferences/documents/')
    ? keepDocument(desk, call)
    : null;
}
