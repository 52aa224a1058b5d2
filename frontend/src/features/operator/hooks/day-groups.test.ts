import { expect, it } from 'vitest';
import { groupsOf, sessionsOf, toggled } from '@/features/operator/hooks/day-groups';

const EVENING = [{ kind: 'continuous', start: '17:00', end: 'close' }];
const MIXED = { NSE: [], BSE: [], MCX: EVENING, NCO: EVENING };

it('keeps closed exchanges and those with evening hours apart, there and back', () => {
  const groups = groupsOf(MIXED);
  expect(groups).toEqual([
    { exchanges: ['NSE', 'BSE'], windows: [] },
    { exchanges: ['MCX', 'NCO'], windows: EVENING },
  ]);
  expect(sessionsOf(groups)).toEqual(MIXED);
});

it('begins a new day with one group of nobody', () => {
  expect(groupsOf({})).toEqual([{ exchanges: [], windows: [] }]);
  expect(sessionsOf(groupsOf({}))).toEqual({});
});

it('has an exchange in one group at most', () => {
  const groups = groupsOf(MIXED);
  expect(sessionsOf(toggled(groups, 0, 'MCX'))).toEqual({ NSE: [], BSE: [], MCX: [], NCO: EVENING });
  expect(sessionsOf(toggled(groups, 1, 'MCX'))).toEqual({ NSE: [], BSE: [], NCO: EVENING });
});
