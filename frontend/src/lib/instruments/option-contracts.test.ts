import { expect, it } from 'vitest';
import { nearestStrike } from '@/lib/instruments/option-contracts';

it.each([
  [24_010, 24_000],
  [24_030, 24_050],
  [24_025, 24_000],
  [1, 23_950],
  [99_999, 24_050],
  [null, 24_000],
])('takes the strike nearest to %s', (price, strike) => {
  expect(nearestStrike([23_950, 24_000, 24_050], price)).toBe(strike);
});

it('has none where no strike is listed', () => {
  expect(nearestStrike([], 100)).toBeNull();
});
