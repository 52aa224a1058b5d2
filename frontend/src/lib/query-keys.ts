/** Every server read has one key here, so that an event can say what it makes out of date. */
export const queryKeys = {
  bootstrap: ['bootstrap'],
  brokers: ['brokers'],
  accounts: ['accounts'],
  book: ['book'],
  funds: ['book', 'funds'],
  orders: ['book', 'orders'],
  trades: ['book', 'trades'],
  gtts: ['book', 'gtts'],
  positions: ['book', 'positions'],
  holdings: ['book', 'holdings'],
  exits: ['book', 'exits'],
  instruments: ['instruments'],
  watchlist: ['watchlist'],
  apiKey: ['apikey'],
  contracts: ['contracts'],
  approvals: ['approvals'],
  risk: ['risk'],
  drift: ['drift'],
  timeLine: ['book', 'time-line'],
  paperReport: ['book', 'paper'],
  paperSettings: ['paper-settings'],
  marketStatus: ['market-status'],
} as const satisfies Record<string, readonly string[]>;

export type QueryKey = (typeof queryKeys)[keyof typeof queryKeys];
