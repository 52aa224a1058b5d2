import { describe, expect, it } from 'vitest';
import { type Account, accountSchema } from '@/lib/session/schema';
import { stakesOf } from '@/lib/session/stakes';

function account(facts: object = {}): Account {
  return accountSchema.parse({
    id: 1,
    broker: 'zerodha',
    broker_name: 'Zerodha',
    label: 'Main',
    active: true,
    session: { state: 'valid' },
    ...facts,
  });
}

describe('what is at stake', () => {
  it('is real money at a real broker', () => {
    expect(stakesOf({ mode: 'live', account: account({ practice: false }) }).word).toBe('LIVE');
  });

  it('is real money when the server does not say', () => {
    expect(stakesOf({ mode: 'live', account: account() }).word).toBe('LIVE');
  });

  it('is practice at the practice exchange', () => {
    expect(stakesOf({ mode: 'live', account: account({ practice: true }) }).word).toBe('PRACTICE');
  });

  it('is paper in analyze mode, whatever the account', () => {
    for (const practice of [true, false])
      expect(stakesOf({ mode: 'analyze', account: account({ practice }) }).word).toBe('PAPER');
  });

  it('is nothing without an account', () => {
    expect(stakesOf({ mode: 'live', account: null }).kind).toBe('none');
  });
});
