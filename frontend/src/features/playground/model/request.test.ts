import { describe, expect, it } from 'vitest';
import { descriptionSchema, operationsOf } from '@/features/playground/model/description';
import { explainAnswer, explainSilence } from '@/features/playground/model/explain';
import { parseDraft, prepare } from '@/features/playground/model/request';
import { pythonLiteral, snippetOf } from '@/features/playground/model/snippets';
import { DESCRIPTION } from '@/testing/desk/rest-api';

const operations = operationsOf(descriptionSchema.parse(DESCRIPTION));
const operation = (id: string) => {
  const found = operations.find((one) => one.id === id);
  if (!found) throw new Error(`no operation ${id}`);
  return found;
};
const HOST = 'http://desk.test';

describe('a call as it leaves', () => {
  it('has the key in the body of a POST', () => {
    const { url, body } = prepare(operation('quotes'), { symbol: 'SBIN' }, 'secret', HOST);
    expect(url).toBe('http://desk.test/api/v1/quotes');
    expect(body).toEqual({ apikey: 'secret', symbol: 'SBIN' });
  });

  it('never has the key in the address of a GET, not even one that was typed', () => {
    const { url, headers, body } = prepare(
      operation('ticker/{name}'),
      { name: 'NSE:M&M', from: '2026-11-01', to: '', apikey: 'typed' },
      'secret',
      HOST,
    );
    expect(url).toBe('http://desk.test/api/v1/ticker/NSE%3AM%26M?from=2026-11-01');
    expect(headers).toEqual({ 'X-API-KEY': 'secret' });
    expect(body).toBeNull();
  });
});

describe('typed JSON', () => {
  it('is an object or nothing', () => {
    expect(parseDraft('').values).toEqual({});
    expect(parseDraft('[1]').problem).toBe('An object in braces is expected.');
  });

  it('says where it breaks', () => {
    expect(parseDraft('{\n  "a": 1,\n  b\n}').problem).toMatch(/^Not JSON: .*line 3 column 3/);
  });
});

describe('snippets', () => {
  const order = { symbol: "M&M'S", pricetype: 'LIMIT', quantity: 1, price: null, nested: [{ a: true }] };

  it('quote for the shell', () => {
    expect(snippetOf('curl', operation('quotes'), { symbol: "it's" }, 'K', HOST)).toContain(
      `-d '{\n  "apikey": "K",\n  "symbol": "it'\\''s"\n}'`,
    );
  });

  it('speak Python', () => {
    expect(pythonLiteral({ a: true, b: null, c: [1.5, 'x"y'], d: {} })).toBe(
      '{\n    "a": True,\n    "b": None,\n    "c": [\n        1.5,\n        "x\\"y",\n    ],\n    "d": {},\n}',
    );
    expect(snippetOf('requests', operation('ticker/{name}'), { name: 'NSE:SBIN' }, 'K', HOST)).toContain(
      'headers={\n        "X-API-KEY": "K",\n    },',
    );
  });

  it('use the names of the published SDK, and say nothing where it has no method', () => {
    const code = snippetOf('openalgo', operation('placeorder'), order, 'K', HOST);
    expect(code).toContain('client.placeorder(');
    expect(code).toContain('price_type="LIMIT"');
    expect(code).toContain('api(api_key="K", host="http://desk.test")');
    expect(snippetOf('openalgo', operation('unsaid'), {}, 'K', HOST)).toBeNull();
  });

  it('run as JavaScript', () => {
    const code = snippetOf('javascript', operation('placeorder'), order, 'K', HOST) ?? '';
    const literal = /JSON\.stringify\(([\s\S]*)\),\n\}\);/.exec(code)?.[1] ?? '';
    expect(JSON.parse(literal)).toEqual({ apikey: 'K', ...order });
  });
});

describe('errors in words', () => {
  it('are the meaning of the status, the message once, each field and the wait', () => {
    const said = explainAnswer(operation('quotes'), 429, {
      status: 'error',
      message: 'symbol: is required',
      code: 'RATE',
      errors: { symbol: ['is required'], exchange: ['is required'] },
      retry_after: 3,
    });
    expect(said?.title).toBe('Rate limit; see Retry-After (RATE)');
    expect(said?.lines).toEqual([
      'symbol: is required',
      'exchange: is required',
      'Try again in 3 s; limit class api.',
    ]);
  });

  it('never call an unknown outcome a failure', () => {
    expect(explainAnswer(operation('placeorder'), 502, { code: 'OUTCOME_UNKNOWN' })).toMatchObject({
      tone: 'warn',
    });
    expect(explainSilence(operation('placeorder'), 'lost').title).toBe('Outcome not known');
    expect(explainSilence(operation('quotes'), 'lost').title).toBe('No answer');
  });

  it('are none for a success', () => {
    expect(explainAnswer(operation('quotes'), 200, { status: 'success' })).toBeNull();
  });
});
