import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

export interface MockKey {
  id: number;
  name: string;
  scope: string;
  previous_until: string | null;
  [term: string]: unknown;
}

const LIMIT_FIELDS = [
  { name: 'max_quantity', label: 'Most units in one order', kind: 'count', group: 'Order size', choices: [] },
  { name: 'hours', label: 'Only in these hours', kind: 'hours', group: 'When', choices: [] },
];

function makeKey(id: number, terms: Partial<MockKey>): MockKey {
  return {
    id,
    name: 'default',
    masked: 'f00d********',
    scope: 'trade',
    order_mode: 'auto',
    addresses: [],
    created_at: '2026-11-20T04:12:00Z',
    expires_at: null,
    is_expired: false,
    last_used_at: null,
    previous_until: null,
    is_first: id === 1,
    ...terms,
  };
}

export const KEY_SEED = (): MockKey[] => [makeKey(1, {})];

function create(desk: MockDesk, { body }: Call): Answer {
  const { limits: _, ...terms } = body;
  if (!terms.name) return refusal('name: is needed', { name: ['must have 1 to 40 characters'] });
  const key = makeKey(desk.keys.length + 1, terms);
  desk.keys.push(key);
  return success({ key, api_key: 'f00d'.repeat(16) });
}

function withKey(act: (key: MockKey, call: Call, desk: MockDesk) => Answer) {
  return (desk: MockDesk, call: Call, id: string): Answer => {
    const key = desk.keys.find((one) => String(one.id) === id);
    return key ? act(key, call, desk) : failure(404, 'There is no such API key');
  };
}

export const KEY_ROUTES = {
  'GET /keys': (desk: MockDesk) => success({ keys: desk.keys, limit_fields: LIMIT_FIELDS }),
  'POST /keys': create,
  'PUT /keys/:id': withKey((key, { body }) => success(Object.assign(key, body))),
  'POST /keys/:id/rotate': withKey((key) => {
    key.previous_until = '2026-11-21T04:12:00Z';
    return success({ key, api_key: 'beef'.repeat(16) });
  }),
  'DELETE /keys/:id': withKey((key, _call, desk) => {
    desk.keys = desk.keys.filter((one) => one !== key);
    return success(null);
  }),
};
