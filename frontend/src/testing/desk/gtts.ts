import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import { findInstrument } from './market.ts';
import type { MockDesk } from './mock-desk.ts';
import type { MockGtt } from './shapes.ts';

/** GTTs of the mock desk; who holds a new one is what the active broker can do. */

function rowOf(desk: MockDesk, body: Record<string, unknown>): MockGtt {
  const isSingle = body.trigger_type === 'SINGLE';
  const low = Number(body.triggerprice_sl ?? 0);
  const high = Number(body.triggerprice_tg ?? 0);
  const prices = isSingle ? [Number(body.price ?? 0)] : [Number(body.stoploss), Number(body.target)];
  const isPractice = desk.accounts.find((one) => one.active)?.practice ?? true;
  return {
    trigger_id: `GTT-261121-${String(desk.gtts.length + 1).padStart(8, '0')}`,
    trigger_type: isSingle ? 'single' : 'two-leg',
    status: 'active',
    symbol: String(body.symbol),
    exchange: String(body.exchange),
    trigger_prices: [low, high].filter(Boolean),
    last_price: desk.ltp(String(body.exchange), String(body.symbol)),
    legs: prices.map((price) => ({
      action: String(body.action),
      quantity: Number(body.quantity),
      price,
      pricetype: String(body.pricetype),
      product: String(body.product),
    })),
    strategy: 'Desk',
    created_at: '2026-11-21 09:20:00',
    updated_at: '2026-11-21 09:20:00',
    expires_at: '2027-11-21 09:20:00',
    margin_blocked: 0,
    held_by: isPractice || body.expires_at ? 'gateway' : 'broker',
    triggered_order_id: null,
    reason: '',
  };
}

function problem(desk: MockDesk, body: Record<string, unknown>): Answer | null {
  if (!findInstrument(String(body.exchange), String(body.symbol)))
    return refusal(`Symbol ${body.symbol} not found`);
  const ltp = desk.ltp(String(body.exchange), String(body.symbol));
  if (Number(body.triggerprice_sl ?? 0) >= ltp)
    return refusal('triggerprice_sl: must be below the last price', {
      triggerprice_sl: [`must be below the last price ${ltp}`],
    });
  return null;
}

function taken({ trigger_id, held_by }: MockGtt): Answer {
  return success({ trigger_id, held_by });
}

function place(desk: MockDesk, { body }: Call): Answer {
  const wrong = problem(desk, body);
  if (wrong) return wrong;
  const row = rowOf(desk, body);
  desk.gtts.unshift(row);
  return taken(row);
}

function activeOf(desk: MockDesk, id: string): MockGtt | undefined {
  return desk.gtts.find((row) => row.trigger_id === id && row.status === 'active');
}

function modify(desk: MockDesk, { body }: Call, id: string): Answer {
  const row = activeOf(desk, id);
  if (!row) return failure(404, `No active GTT with trigger_id '${id}'`, { code: 'NOT_FOUND' });
  const wrong = problem(desk, body);
  if (wrong) return wrong;
  const { trigger_id, held_by } = row;
  Object.assign(row, rowOf(desk, body), { trigger_id, held_by });
  return taken(row);
}

function cancel(desk: MockDesk, _call: Call, id: string): Answer {
  const row = activeOf(desk, id);
  if (!row) return failure(404, `No active GTT with trigger_id '${id}'`, { code: 'NOT_FOUND' });
  row.status = 'cancelled';
  return taken(row);
}

export const GTT_ROUTES: Record<string, (desk: MockDesk, call: Call, id: string) => Answer> = {
  'GET /gtts': (desk, { query }) =>
    success(desk.gtts.filter((row) => query.get('status') === 'all' || row.status === 'active')),
  'POST /gtts': place,
  'PUT /gtts/:id': modify,
  'DELETE /gtts/:id': cancel,
};
