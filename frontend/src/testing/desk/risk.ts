import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';
import type { MockRisk, MockRiskScope } from './shapes.ts';

const EXCHANGES = ['NSE', 'BSE', 'NFO', 'BFO', 'MCX'];

/** One field of each kind; the server's list is longer. */
const FIELDS = [
  { name: 'max_quantity', label: 'Most units in one order', kind: 'count', group: 'Order size', choices: [] },
  { name: 'max_order_value', label: 'Largest order value', kind: 'money', group: 'Order size', choices: [] },
  {
    name: 'max_symbol_quantities',
    label: 'Most units in one order by symbol',
    kind: 'quantities',
    group: 'Order size',
    choices: [],
  },
  { name: 'max_daily_loss', label: 'Largest loss of the day', kind: 'money', group: 'Account', choices: [] },
  { name: 'orders_per_second', label: 'Most orders in a second', kind: 'count', group: 'Pace', choices: [] },
  {
    name: 'exchanges',
    label: 'Only these exchanges',
    kind: 'choices',
    group: 'What may be traded',
    choices: EXCHANGES,
  },
  {
    name: 'denied_symbols',
    label: 'Never these symbols',
    kind: 'symbols',
    group: 'What may be traded',
    choices: [],
  },
  {
    name: 'no_option_selling',
    label: 'No sold options',
    kind: 'switch',
    group: 'What may be traded',
    choices: [],
  },
  { name: 'hours', label: 'Only in these hours', kind: 'hours', group: 'When', choices: [] },
  { name: 'last_entry_time', label: 'No new positions from', kind: 'time', group: 'When', choices: [] },
];

function scope(kind: MockRiskScope['kind'], name: string, label: string): MockRiskScope {
  return {
    kind,
    account_id: kind === 'account' ? 1 : null,
    strategy: kind === 'strategy' ? label : '',
    key_id: kind === 'key' ? 1 : null,
    scope: name,
    label,
    limits: kind === 'all' ? { orders_per_second: 9 } : {},
    version: 0,
    changed_at_ist: '',
    changed_by: '',
    engaged: false,
    reason: '',
    may_change: true,
  };
}

export function RISK_SEED(): MockRisk {
  return {
    scopes: [
      scope('all', 'all', 'Everything'),
      scope('account', 'account:1', 'Practice Exchange'),
      scope('key', 'key:1', 'API key'),
    ],
    changes: [],
  };
}

function wanted(desk: MockDesk, { body }: Call): MockRiskScope {
  const found = desk.risk.scopes.find(
    (one) => one.kind === body.kind && (one.kind !== 'strategy' || one.strategy === body.strategy),
  );
  if (found) return found;
  const made = scope('strategy', `strategy:1:${body.strategy}`, String(body.strategy));
  desk.risk.scopes.push(made);
  return made;
}

function record(desk: MockDesk, of: MockRiskScope, change: object): void {
  const id = desk.risk.changes.length + 1;
  desk.risk.changes.unshift({
    id,
    at_ist: `2026-11-20 09:20:0${id % 10}`,
    by: 'trader',
    scope: of.scope,
    ...change,
  });
}

function putLimits(desk: MockDesk, call: Call): Answer {
  const limits = call.body.limits as Record<string, unknown>;
  const target = wanted(desk, call);
  if (call.body.version !== target.version)
    return failure(409, 'The limits were changed meanwhile; look again', { code: 'LIMITS_CHANGED' });
  if (limits.max_quantity === 0)
    return refusal('max_quantity: must be positive', { max_quantity: ['must be positive'] });
  record(desk, target, {
    kind: 'limits',
    version: target.version + 1,
    before: target.limits,
    after: limits,
    reason: call.body.reason,
  });
  Object.assign(target, {
    limits,
    version: target.version + 1,
    changed_by: 'trader',
    changed_at_ist: '2026-11-20 09:20:00',
  });
  return success(target);
}

function moveSwitch(desk: MockDesk, call: Call): Answer {
  const { engaged, reason } = call.body;
  if (engaged && !reason) return refusal('reason: is needed', { reason: ['is needed'] });
  const target = wanted(desk, call);
  record(desk, target, {
    kind: 'kill_switch',
    version: 0,
    before: { engaged: target.engaged },
    after: { engaged },
    reason,
  });
  Object.assign(target, { engaged, reason });
  desk.emit('risk_changed', { scope: target.scope, kind: 'kill_switch', engaged, reason, by: 'trader' });
  return success(target);
}

export const RISK_ROUTES = {
  'GET /risk': (desk: MockDesk) => success({ scopes: desk.risk.scopes, fields: FIELDS, rules_version: 2 }),
  'GET /risk/changes': (desk: MockDesk) => success({ changes: desk.risk.changes }),
  'PUT /risk/limits': putLimits,
  'POST /risk/kill-switch': moveSwitch,
};
