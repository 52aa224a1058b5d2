import { expect, it } from 'vitest';
import { afterCharges, sumOf } from '@/features/pnl/hooks/sums';

const row = { realized: 10, unrealized: 5, total: 15, charges: 2, turnover: 100 };

it('adds up a figure, and says nothing as soon as one row lacks it', () => {
  expect(sumOf([row, { ...row, realized: -2.005 }], 'realized')).toBe(8);
  expect(sumOf([row, { ...row, realized: null }], 'realized')).toBeNull();
  expect(sumOf([], 'total')).toBe(0);
});

it('takes charges off only where both are known', () => {
  expect(afterCharges(row)).toBe(13);
  expect(afterCharges({ total: 15, charges: null })).toBeNull();
  expect(afterCharges({ total: null, charges: 2 })).toBeNull();
});
