import { describe, expect, it } from 'vitest';
import { draftOf, type LimitField, limitsOf } from '@/components/limits/limits';

const field = (name: string, kind: LimitField['kind']): LimitField => ({
  name,
  kind,
  label: name,
  group: 'g',
  choices: [],
});

const FIELDS = [
  field('max_quantity', 'count'),
  field('max_order_value', 'money'),
  field('max_symbol_quantities', 'quantities'),
  field('exchanges', 'choices'),
  field('denied_symbols', 'symbols'),
  field('no_option_selling', 'switch'),
  field('hours', 'hours'),
  field('last_entry_time', 'time'),
];

const LIMITS = {
  max_quantity: 1800,
  max_order_value: '100000.5',
  max_symbol_quantities: { SBIN: 500, INFY: 200 },
  exchanges: ['NFO', 'NSE'],
  denied_symbols: ['TATAPOWER'],
  no_option_selling: true,
  hours: [{ start: '09:15:00', end: '15:30:00' }],
  last_entry_time: '15:00:00',
};

describe('limits in the form', () => {
  it('read and written again mean the same', () => {
    const draft = draftOf(FIELDS, LIMITS);
    expect(draft.hours).toBe('09:15-15:30');
    expect(draft.max_symbol_quantities).toBe('SBIN=500, INFY=200');
    expect(limitsOf(FIELDS, draft)).toEqual({
      errors: {},
      limits: {
        ...LIMITS,
        hours: [{ start: '09:15', end: '15:30' }],
        last_entry_time: '15:00',
      },
    });
  });

  it('send nothing for what is off', () => {
    const draft = draftOf(FIELDS, { max_quantity: null, no_option_selling: false, denied_symbols: [] });
    expect(limitsOf(FIELDS, draft)).toEqual({ limits: {}, errors: {} });
  });

  it('take what a person types, and name what they cannot read', () => {
    expect(
      limitsOf(FIELDS, { max_quantity: '1,800', denied_symbols: 'sbin infy', hours: '9:15-11:00' }),
    ).toEqual({
      limits: {
        max_quantity: 1800,
        denied_symbols: ['SBIN', 'INFY'],
        hours: [{ start: '09:15', end: '11:00' }],
      },
      errors: {},
    });
    const { errors } = limitsOf(FIELDS, {
      max_quantity: '-5',
      max_order_value: 'lots',
      hours: 'morning',
      max_symbol_quantities: 'SBIN',
    });
    expect(Object.keys(errors)).toEqual([
      'max_quantity',
      'max_order_value',
      'max_symbol_quantities',
      'hours',
    ]);
  });
});
