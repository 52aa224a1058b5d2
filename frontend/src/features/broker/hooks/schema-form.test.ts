import { describe, expect, it } from 'vitest';
import { answersOf, checkField, fieldsOf } from '@/features/broker/hooks/schema-form';

const fields = fieldsOf({
  required: ['api_key', 'pin'],
  properties: {
    api_key: { type: 'string', title: 'API key' },
    pin: { type: 'string', format: 'password', pattern: '^\\d{4}$' },
    port: { type: 'integer', default: 443 },
    segment: { enum: ['cash', 'all'] },
    is_sandbox: { type: 'boolean' },
    odd: { type: 'string', pattern: '(' },
  },
});
const field = (name: string) => {
  const found = fields.find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe('fields of a plug-in form', () => {
  it('take their kind, label and default from the schema', () => {
    expect(fields.map(({ label, kind, isRequired, initial }) => [label, kind, isRequired, initial])).toEqual([
      ['API key', 'text', true, ''],
      ['pin', 'password', true, ''],
      ['port', 'number', false, '443'],
      ['segment', 'choice', false, ''],
      ['is sandbox', 'checkbox', false, ''],
      ['odd', 'text', false, ''],
    ]);
  });
  it('check what the schema demands', () => {
    expect(checkField(field('api_key'), '  ')).toBe('is required');
    expect(checkField(field('pin'), '12a4')).toBe('does not have the expected form');
    expect(checkField(field('pin'), '1234')).toBe(true);
    expect(checkField(field('port'), 'x')).toBe('must be a number');
    expect(checkField(field('segment'), '')).toBe(true);
  });
  it('leave a pattern the browser cannot read to the server', () => {
    expect(checkField(field('odd'), 'anything')).toBe(true);
  });
  it('send text and leave blanks out', () => {
    expect(
      answersOf(fields, { api_key: ' k ', pin: '1234', port: '8443', segment: '', is_sandbox: 'true' }),
    ).toEqual({
      api_key: 'k',
      pin: '1234',
      port: '8443',
      is_sandbox: 'true',
    });
  });
});

it('an empty or absent schema asks nothing', () => {
  expect(fieldsOf({})).toEqual([]);
  expect(fieldsOf(null)).toEqual([]);
});
