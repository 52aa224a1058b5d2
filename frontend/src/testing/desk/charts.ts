import { type Answer, type Call, failure, success } from './answers.ts';
import { findInstrument, priceAt } from './market.ts';
import type { MockDesk } from './mock-desk.ts';

type Handler = (desk: MockDesk, call: Call, id: string) => Answer;

const SECONDS: Record<string, number> = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, D: 86_400 };
const DAY = 86_400;
const SESSION = { open: 33_300, close: 55_800 };
const IST = 19_800;

/** Bars of whole Indian days, weekends left out, up to now. Bounded like the practice exchange: nothing before 2026. */
function history(desk: MockDesk, { query }: Call): Answer {
  const instrument = findInstrument(query.get('exchange') ?? '', query.get('symbol') ?? '');
  const seconds = SECONDS[query.get('interval') ?? ''];
  if (!instrument) return failure(404, `Symbol '${query.get('symbol')}' not found`, { code: 'NOT_FOUND' });
  if (!seconds) return failure(400, 'interval: is not served', { errors: { interval: ['is not served'] } });
  const [first, last] = ['start_date', 'end_date'].map((name) => Date.parse(query.get(name) ?? '') / 1000);
  if (first === undefined || last === undefined) return failure(400, 'dates are required');
  const bars: object[] = [];
  for (let day = Math.max(first, Date.UTC(2026, 0, 1) / 1000); day <= last; day += DAY) {
    if ([0, 6].includes(new Date(day * 1000).getUTCDay())) continue;
    const [open, close] =
      seconds === DAY ? [day, day + 1] : [day - IST + SESSION.open, day - IST + SESSION.close];
    for (let at = open; at < close && at * 1000 <= desk.now(); at += seconds)
      bars.push(barAt(at, seconds, instrument));
  }
  return success(bars);
}

function barAt(time: number, seconds: number, instrument: Parameters<typeof priceAt>[0]) {
  const prices = [0, 0.3, 0.6, 0.99].map((share) => priceAt(instrument, (time + share * seconds) * 1000));
  return {
    timestamp: time,
    open: prices[0],
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices[3],
    volume: instrument.exchange.endsWith('_INDEX') ? 0 : 1000 + (time % 977),
    oi: 0,
  };
}

export const CHART_ROUTES: Record<string, Handler> = {
  'GET /history': history,
  'GET /intervals': () =>
    success({ seconds: [], minutes: ['1m', '5m', '15m'], hours: ['1h'], days: ['D'], weeks: [], months: [] }),
  'GET /preferences': (desk) => success(desk.preferences),
  'PUT /preferences/:id': (desk, { body }, id) => {
    desk.preferences[id] = String(body.value);
    return success({ [id]: body.value });
  },
};
