import { describe, expect, it } from 'vitest';
import { daysLeft, expiryName } from '@/lib/instruments/expiries';
import { underlyingOf } from '@/lib/instruments/options';

describe('an expiry', () => {
  it('counts calendar days from today in India, whatever the zone of the browser', () => {
    const lateEveningUtc = Date.UTC(2026, 11, 28, 20); // 29 December in India
    expect(daysLeft('29DEC26', lateEveningUtc)).toBe(0);
    expect(daysLeft('05JAN27', lateEveningUtc)).toBe(7);
    expect(daysLeft('28DEC26', lateEveningUtc)).toBe(-1);
  });

  it('is named without this year, with any other', () => {
    const now = Date.UTC(2026, 11, 1);
    expect(expiryName('29DEC26', now)).toBe('29 Dec');
    expect(expiryName('05JAN27', now)).toBe('5 Jan 2027');
  });

  it('leaves what is no expiry as it came', () => {
    expect(daysLeft('29XXX26', 0)).toBeNull();
    expect(expiryName('soon', 0)).toBe('soon');
  });
});

describe('an underlying', () => {
  it.each([
    [
      { symbol: 'NIFTY', exchange: 'NSE_INDEX', name: 'Nifty 50' },
      { underlying: 'NIFTY', exchange: 'NSE_INDEX' },
    ],
    [
      { symbol: 'RELIANCE', exchange: 'NSE', name: 'Reliance' },
      { underlying: 'RELIANCE', exchange: 'NSE' },
    ],
    [
      { symbol: 'NIFTY24DEC26FUT', exchange: 'NFO', name: 'NIFTY' },
      { underlying: 'NIFTY', exchange: 'NFO' },
    ],
  ])('of %o is what its options are written on', (instrument, expected) => {
    expect(underlyingOf(instrument)).toEqual(expected);
  });
});
