import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

interface MockMapping {
  id: number;
  symbol: string;
  exchange: string;
  quantity: number;
  product_type: string;
}

export interface MockStrategy {
  id: number;
  name: string;
  platform: string;
  is_active: boolean;
  is_signed: boolean;
  mappings: MockMapping[];
  [term: string]: unknown;
}

const MADE_AT = '2026-11-20 09:42:00';
const SECRET = 'oaws_0123456789abcdef';
const WEBHOOK = { webhook_url: `https://desk.example.test/strategy/webhook/${SECRET}` };

function makeStrategy(id: number, terms: Record<string, unknown>): MockStrategy {
  const strategy = {
    account_id: null,
    trading_mode: 'LONG',
    is_intraday: true,
    start_time: '09:20',
    end_time: '15:00',
    squareoff_time: '15:10',
    created_at: MADE_AT,
    updated_at: MADE_AT,
    ...terms,
    id,
    platform: String(terms.platform),
    is_active: true,
    is_signed: false,
    mappings: [],
  };
  return { ...strategy, name: `${strategy.platform}_${String(terms.name)}` };
}

const shown = (strategy: MockStrategy) => ({ ...strategy, mapping_count: strategy.mappings.length });

function create(desk: MockDesk, { body }: Call): Answer {
  if (!body.name) return refusal('name: is needed', { name: ['is needed'] });
  const id = Math.max(0, ...desk.strategies.map((one) => one.id)) + 1;
  const strategy = makeStrategy(id, body);
  desk.strategies.push(strategy);
  return success({ ...shown(strategy), ...WEBHOOK });
}

type Act = (strategy: MockStrategy, call: Call, desk: MockDesk) => Answer;

function withStrategy(act: Act) {
  return (desk: MockDesk, call: Call, id: string): Answer => {
    const strategy = desk.strategies.find((one) => String(one.id) === id);
    return strategy ? act(strategy, call, desk) : failure(404, 'There is no such strategy');
  };
}

const change = (terms: Partial<MockStrategy>) =>
  withStrategy((strategy) => success(shown(Object.assign(strategy, terms))));

/** The second number of `/strategies/3/mappings/7`. */
const rowOf = ({ path }: Call) => Number(path.split('/')[4]);

function addMappings(strategy: MockStrategy, { body }: Call): Answer {
  const added = body.mappings as Omit<MockMapping, 'id'>[];
  const double = added.find(({ symbol }) => strategy.mappings.some((one) => one.symbol === symbol));
  if (double) return failure(409, `${double.symbol} is traded already`);
  for (const terms of added) strategy.mappings.push({ ...terms, id: strategy.mappings.length + 1 });
  return success(strategy.mappings);
}

export const STRATEGY_ROUTES = {
  'GET /strategies': (desk: MockDesk) => success(desk.strategies.map(shown)),
  'POST /strategies': create,
  'GET /strategies/terms': () =>
    success({
      platforms: ['tradingview', 'chartink', 'amibroker'],
      trading_modes: ['LONG', 'SHORT', 'BOTH'],
    }),
  'GET /strategies/:id': withStrategy((strategy) => success(shown(strategy))),
  'PUT /strategies/:id': withStrategy((strategy, { body }) => success(shown(Object.assign(strategy, body)))),
  'DELETE /strategies/:id': withStrategy((strategy, _call, desk) => {
    desk.strategies = desk.strategies.filter((one) => one !== strategy);
    return success({ deleted: strategy.id });
  }),
  'POST /strategies/:id/activate': change({ is_active: true }),
  'POST /strategies/:id/deactivate': change({ is_active: false }),
  'POST /strategies/:id/squareoff': withStrategy(() => success({ queued: 0 })),
  'POST /strategies/:id/webhook': withStrategy(() => success(WEBHOOK)),
  'POST /strategies/:id/signing': withStrategy((strategy) =>
    success({ ...shown(Object.assign(strategy, { is_signed: true })), signing_secret: 'feedbeef'.repeat(8) }),
  ),
  'DELETE /strategies/:id/signing': change({ is_signed: false }),
  'GET /strategies/:id/deliveries': withStrategy(() => success([])),
  'POST /strategies/:id/mappings': withStrategy(addMappings),
  'PUT /strategies/:id/mappings/:row': withStrategy((strategy, call) => {
    strategy.mappings = strategy.mappings.map((one) =>
      one.id === rowOf(call) ? { ...one, ...call.body } : one,
    );
    return success(strategy.mappings);
  }),
  'DELETE /strategies/:id/mappings/:row': withStrategy((strategy, call) => {
    strategy.mappings = strategy.mappings.filter(({ id }) => id !== rowOf(call));
    return success(strategy.mappings);
  }),
};
