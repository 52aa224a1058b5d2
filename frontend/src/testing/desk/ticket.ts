import { type Answer, type Call, failure, success } from './answers.ts';
import { depthAt, findInstrument } from './market.ts';
import type { MockDesk } from './mock-desk.ts';

type Handler = (desk: MockDesk, call: Call, id: string) => Answer;

function termsOf(exchange: string) {
  if (exchange.endsWith('_INDEX')) return { products: [], price_types: [], validities: [] };
  return {
    products: ['NSE', 'BSE'].includes(exchange) ? ['CNC', 'MIS'] : ['NRML', 'MIS'],
    price_types: ['MARKET', 'LIMIT', 'SL', 'SL-M'],
    validities: ['DAY'],
  };
}

function depth(desk: MockDesk, { query }: Call): Answer {
  const instrument = findInstrument(query.get('exchange') ?? '', query.get('symbol') ?? '');
  if (!instrument) return failure(404, 'No such instrument', { code: 'NOT_FOUND' });
  const { buy, sell } = depthAt(instrument, desk.now());
  return success({ bids: buy, asks: sell });
}

export const TICKET_ROUTES: Record<string, Handler> = {
  'GET /order-terms': (_desk, { query }) =>
    success({ ...termsOf(query.get('exchange') ?? ''), margin_known: true, depth_levels: [5] }),
  'GET /depth': depth,
  'POST /margin': () => success({ total_margin_required: 118_412.5, span_margin: 0, exposure_margin: 0 }),
  'POST /charges': (_desk, { body }) => {
    const turnover = Number(body.quantity) * Number(body.price);
    return success({ turnover, total: 20 + turnover / 1000, parts: { brokerage: 20, gst: 3.6 } });
  },
};
