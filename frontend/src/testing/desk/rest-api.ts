import { type Answer, failure } from './answers.ts';
import { findInstrument, quoteAt } from './market.ts';

const KEY = { type: 'string' };
const EXCHANGE = { $ref: '#/definitions/Exchange' };
const body = (name: string) => [
  { name: 'body', in: 'body', required: true, schema: { $ref: `#/definitions/${name}` } },
];
const RESPONSES = {
  200: { description: 'Done' },
  400: { description: 'The request is wrong, or the order was refused' },
  429: { description: 'Rate limit; see Retry-After' },
};

/** A small API description of the shape that the server draws. */
export const DESCRIPTION = {
  swagger: '2.0',
  info: { title: 'OpenAlgo', version: '0.0.0' },
  tags: [
    { name: 'orders', description: 'Orders' },
    { name: 'data', description: 'Market data and symbols' },
    { name: 'utility', description: 'Mode' },
  ],
  paths: {
    '/api/v1/analyzer/toggle': {
      post: {
        tags: ['utility'],
        summary: 'Switch paper trading on or off',
        parameters: body('ToggleBody'),
        responses: RESPONSES,
        'x-limit': 'api',
        'x-effect': 'mode',
      },
    },
    '/api/v1/placeorder': {
      post: {
        tags: ['orders'],
        summary: 'Submit a new order',
        parameters: body('PlaceOrderBody'),
        responses: RESPONSES,
        'x-limit': 'order',
        'x-effect': 'orders',
      },
    },
    '/api/v1/quotes': {
      post: {
        tags: ['data'],
        summary: 'Quote of one symbol',
        parameters: body('SymbolBody'),
        responses: RESPONSES,
        'x-limit': 'api',
        'x-effect': 'none',
      },
    },
    '/api/v1/ticker/{name}': {
      get: {
        tags: ['data'],
        summary: 'Bars as JSON or text',
        parameters: [
          { name: 'name', in: 'path', required: true, type: 'string', 'x-example': 'NSE:SBIN' },
          { name: 'from', in: 'query', required: true, type: 'string', 'x-example': '2026-11-01' },
          { name: 'to', in: 'query', required: false, type: 'string' },
        ],
        responses: RESPONSES,
        'x-limit': 'api',
        'x-effect': 'none',
      },
    },
    '/api/v1/unsaid': {
      post: { tags: ['utility'], summary: '', parameters: body('EmptyBody'), responses: {} },
    },
  },
  definitions: {
    EmptyBody: { type: 'object', properties: { apikey: KEY }, example: {} },
    Exchange: { type: 'string', enum: ['NSE', 'BSE', 'NFO'], description: 'Exchange codes' },
    SymbolBody: {
      type: 'object',
      required: ['symbol', 'exchange'],
      properties: { apikey: KEY, symbol: { type: 'string' }, exchange: EXCHANGE },
      example: { symbol: 'SBIN', exchange: 'NSE' },
    },
    ToggleBody: {
      type: 'object',
      required: ['mode'],
      properties: { apikey: KEY, mode: { type: 'boolean' } },
      example: { mode: false },
    },
    PlaceOrderBody: {
      type: 'object',
      required: ['symbol', 'exchange', 'action', 'quantity'],
      properties: {
        apikey: KEY,
        symbol: { type: 'string' },
        exchange: EXCHANGE,
        action: { type: 'string', enum: ['BUY', 'SELL'] },
        quantity: { type: 'integer', minimum: 1 },
        pricetype: { type: 'string', enum: ['MARKET', 'LIMIT'] },
      },
      example: { symbol: 'SBIN', exchange: 'NSE', action: 'BUY', quantity: 1, pricetype: 'MARKET' },
    },
  },
};

/** What `/api/v1<path>` answers in memory: the description, quotes, and orders that are always taken. */
export function answerRest(path: string, sent: Record<string, unknown>): Answer {
  if (path === '/swagger.json') return { status: 200, body: DESCRIPTION };
  if (!sent.apikey) return failure(400, 'apikey: is required', { errors: { apikey: ['is required'] } });
  if (path === '/placeorder') return { status: 200, body: { status: 'success', orderid: '26113000000001' } };
  if (path === '/analyzer/toggle')
    return { status: 200, body: { status: 'success', data: { analyze_mode: sent.mode } } };
  const instrument = findInstrument(String(sent.exchange), String(sent.symbol));
  if (path !== '/quotes') return failure(404, 'Not found', { code: 'NOT_FOUND' });
  if (!instrument)
    return failure(404, `${sent.symbol} on ${sent.exchange} not found`, { code: 'SYMBOL_NOT_FOUND' });
  return { status: 200, body: { status: 'success', data: quoteAt(instrument, Date.now()) } };
}
