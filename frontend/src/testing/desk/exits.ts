import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

type Level = Partial<Record<'price' | 'points' | 'percent' | 'step', number>>;
type Asked = Partial<Record<'stoploss' | 'target' | 'trailing_stop', Level>> & { quantity?: number };

export interface MockExit {
  exit_id: string;
  status: string;
  symbol: string;
  exchange: string;
  product: string;
  position: 'long' | 'short';
  quantity: number;
  stoploss: number | null;
  target: number | null;
  trailing_stop: number | null;
  exits: Asked;
  reason: string;
}

/** Where the levels lie for a position, as the gateway would answer. */
function levels(desk: MockDesk, place: Record<string, unknown>, exits: Asked) {
  const held = desk.positions.find(
    (one) => one.symbol === place.symbol && one.exchange === place.exchange && one.product === place.product,
  );
  if (!held || held.quantity === 0) return null;
  const direction = Math.sign(held.quantity);
  const at = (level: Level | undefined, base: number, towards: number) => {
    if (!level) return null;
    return level.price ?? base + towards * (level.points ?? (base * (level.percent ?? 0)) / 100);
  };
  const ltp = desk.ltp(held.exchange, held.symbol);
  return {
    position: direction > 0 ? ('long' as const) : ('short' as const),
    quantity: Math.abs(held.quantity),
    stoploss: at(exits.stoploss, held.average_price, -direction),
    target: at(exits.target, held.average_price, direction),
    trailing_stop: at(exits.trailing_stop, ltp, -direction),
    ltp,
  };
}

function checked(desk: MockDesk, place: Record<string, unknown>, exits: Asked) {
  const found = levels(desk, place, exits);
  if (!found) return refusal('No open position');
  const isLong = found.position === 'long';
  if (found.stoploss !== null && isLong === found.stoploss >= found.ltp) {
    const text = `${found.stoploss} must lie ${isLong ? 'below' : 'above'} the price ${found.ltp}`;
    return refusal(`exits.stoploss: ${text}`, { 'exits.stoploss': [text] });
  }
  const { ltp: _ltp, ...kept } = found;
  return kept;
}

export function placeExit(desk: MockDesk, { body }: Call): Answer {
  const exits = body.exits as Asked;
  const kept = checked(desk, body, exits);
  if ('status' in kept) return kept;
  const made: MockExit = {
    exit_id: `EXT-261120-${String(desk.exits.length).padStart(8, '0')}`,
    status: 'active',
    symbol: String(body.symbol),
    exchange: String(body.exchange),
    product: String(body.product),
    exits,
    reason: '',
    ...kept,
  };
  desk.exits.push(made);
  return success(made);
}

export function changeExit(desk: MockDesk, { body }: Call, id: string): Answer {
  const found = desk.exits.find((one) => one.exit_id === id);
  if (!found) return failure(404, `No running exits with exit_id '${id}'`);
  const kept = checked(desk, { ...found }, body.exits as Asked);
  if ('status' in kept) return kept;
  return success(Object.assign(found, { exits: body.exits }, kept));
}

export function withdrawExit(desk: MockDesk, _call: Call, id: string): Answer {
  const found = desk.exits.find((one) => one.exit_id === id);
  if (!found) return failure(404, `No running exits with exit_id '${id}'`);
  desk.exits = desk.exits.filter((one) => one !== found);
  return success({ ...found, status: 'cancelled' });
}
