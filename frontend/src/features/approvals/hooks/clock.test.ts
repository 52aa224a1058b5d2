import { expect, it } from 'vitest';
import { failureOf, outcomeOf } from '@/features/approvals/api/decide-each';
import type { WaitingOrder } from '@/features/approvals/api/get-waiting-orders';
import { countdown, movedPercent } from '@/features/approvals/hooks/clock';
import { ApiError } from '@/lib/api/errors';

it('counts down in minutes and seconds and stays at nothing', () => {
  expect([0, 999, 61_000, 3_725_000, -5].map((left) => countdown(left, 0))).toEqual([
    '0:00',
    '0:01',
    '1:01',
    '1:02:05',
    '0:00',
  ]);
});

it('says how far a price moved only where both are known', () => {
  expect(movedPercent(100, 102.5)).toBe(2.5);
  expect([movedPercent(null, 1), movedPercent(1, null), movedPercent(0, 1)]).toEqual([null, null, null]);
});

it('never calls an approval without an answer decided', () => {
  expect(failureOf(new ApiError('no network', { status: 0 })).word).toBe('not told');
  expect(failureOf(new ApiError('it is old', { status: 409, code: 'NEEDS_CONFIRMATION' })).word).toBe(
    'look again',
  );
  expect(failureOf(new ApiError('gone', { status: 404 })).word).toBe('not decided');
  const told = (outcome: string | null) =>
    outcomeOf({ outcome, message: null, confirm_reason: null } as WaitingOrder);
  expect(['accepted', 'unknown', 'partial', 'refused', null].map((one) => told(one).tone)).toEqual([
    'good',
    'warn',
    'warn',
    'bad',
    'warn',
  ]);
});
