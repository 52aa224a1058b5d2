import { describe, expect, it } from 'vitest';
import {
  type Definitions,
  descriptionSchema,
  exampleOf,
  groupsOf,
  operationsOf,
} from '@/features/playground/model/description';
import { DESCRIPTION } from '@/testing/desk/rest-api';

const parsed = () => descriptionSchema.parse(DESCRIPTION);
const operation = (id: string) => {
  const found = operationsOf(parsed()).find((one) => one.id === id);
  if (!found) throw new Error(`no operation ${id}`);
  return found;
};

describe('a value from a schema', () => {
  const definitions: Definitions = {
    Side: { type: 'string', enum: ['BUY', 'SELL'] },
    Leg: {
      type: 'object',
      required: ['side', 'lots'],
      properties: {
        side: { $ref: '#/definitions/Side' },
        lots: { type: 'integer', minimum: 3 },
        note: { type: 'string' },
      },
    },
  };

  it('is its example before its default before the least that is valid', () => {
    expect(exampleOf({ type: 'string', example: 'SBIN', default: 'x' }, {})).toBe('SBIN');
    expect(exampleOf({ type: 'integer', default: 7, minimum: 1 }, {})).toBe(7);
    expect(exampleOf({ type: 'number', minimum: 0 }, {})).toBe(1);
  });

  it('follows references, takes required members alone and gives a list one item', () => {
    expect(exampleOf({ type: 'array', items: { $ref: '#/definitions/Leg' } }, definitions)).toEqual([
      { side: 'BUY', lots: 3 },
    ]);
  });

  it('ends where a definition refers to itself', () => {
    const loop: Definitions = {
      A: { type: 'object', required: ['a'], properties: { a: { $ref: '#/definitions/A' } } },
    };
    expect(JSON.stringify(exampleOf({ $ref: '#/definitions/A' }, loop))).toContain('null');
  });
});

describe('the calls of a description', () => {
  it('leave the key out of fields and example', () => {
    const quotes = operation('quotes');
    expect(quotes.example).toEqual({ symbol: 'SBIN', exchange: 'NSE' });
    expect(quotes.fields.map(({ name }) => name)).toEqual(['symbol', 'exchange']);
    expect(quotes.fields[1]?.options).toContain('NSE');
  });

  it('are orders where the description does not say what they change', () => {
    expect(operation('quotes').effect).toBe('none');
    expect(operation('unsaid').effect).toBe('orders');
  });

  it('take path and query values with their examples', () => {
    const ticker = operation('ticker/{name}');
    expect(ticker.method).toBe('GET');
    expect(ticker.inPath).toEqual(['name']);
    expect(ticker.example).toEqual({ name: 'NSE:SBIN', from: '2026-11-01' });
  });

  it('are found by every typed word and keep the order of the tags', () => {
    const { tags } = parsed();
    const all = operationsOf(parsed());
    expect(groupsOf(all, tags, '').map(({ name }) => name)).toEqual(['orders', 'data', 'utility']);
    expect(
      groupsOf(all, tags, 'QUOTE symbol').flatMap((group) => group.operations.map(({ id }) => id)),
    ).toEqual(['quotes']);
    expect(groupsOf(all, tags, 'quote nothing')).toEqual([]);
  });
});
