import { describe, expect, it } from 'vitest';
import {
  formatBookTime,
  formatClock,
  formatCompact,
  formatDuration,
  formatMoment,
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
  formatSigned,
  priceDigits,
  toneOf,
} from '@/lib/format';

describe('numbers of the desk', () => {
  it('groups rupees in lakh and crore', () => {
    expect(formatMoney(123456789.5)).toBe('₹12,34,56,789.50');
    expect(formatMoney(-1280.4)).toBe('−₹1,280.40');
  });
  it('shows a dash, never a zero, for what is not known', () => {
    for (const format of [
      formatMoney,
      formatPrice,
      formatQuantity,
      formatSigned,
      formatPercent,
      formatCompact,
    ]) {
      expect(format(null)).toBe('–');
      expect(format(undefined)).toBe('–');
      expect(format(Number.NaN)).toBe('–');
    }
  });
  it('prints zero as zero', () => {
    expect(formatMoney(0)).toBe('₹0.00');
    expect(formatSigned(0)).toBe('0.00');
  });
  it('takes decimals from the tick size, two at least', () => {
    expect(priceDigits(0.05)).toBe(2);
    expect(priceDigits(0.0025)).toBe(4);
    expect(priceDigits(1)).toBe(2);
    expect(priceDigits(null)).toBe(2);
    expect(formatPrice(89.0125, 0.0025)).toBe('89.0125');
  });
  it('signs both profit and loss', () => {
    expect(formatSigned(1234567)).toBe('+12,34,567.00');
    expect(formatSigned(-0.5)).toBe('−0.50');
    expect(formatPercent(1.234)).toBe('+1.23%');
  });
  it('shortens to lakh and crore', () => {
    expect(formatCompact(12345678)).toBe('1.23 Cr');
    expect(formatCompact(456000)).toBe('4.56 L');
    expect(formatCompact(99999)).toBe('99,999');
  });
  it('keeps whole quantities whole', () => {
    expect(formatQuantity(-75000)).toBe('−75,000');
    expect(formatQuantity(0.5)).toBe('0.5000');
  });
  it('names the direction of a number', () => {
    expect([toneOf(1), toneOf(-1), toneOf(0), toneOf(null)]).toEqual(['up', 'down', 'flat', 'flat']);
    for (const value of [0.004, -0.0049, 0.005, -0.0051])
      expect([value, toneOf(value, 2)]).toEqual([
        value,
        /[1-9]/.test(formatSigned(value)) ? toneOf(value) : 'flat',
      ]);
    expect([toneOf(0.004, 2), toneOf(-0.004, 2), toneOf(0.0025)]).toEqual(['flat', 'flat', 'up']);
  });
});

describe('times of the desk', () => {
  it('shows the clock of India wherever the browser is', () => {
    expect(formatClock(new Date('2026-11-21T03:45:07Z'))).toBe('09:15:07');
  });
  it('converts instants with a zone and leaves others alone', () => {
    expect(formatMoment('2026-11-20T18:30:00Z')).toBe('21 Nov, 00:00 IST');
    expect(formatMoment('2026-11-21 09:15:00')).toBe('2026-11-21 09:15:00');
    expect(formatMoment(null)).toBe('–');
  });
  it('takes the time out of a book timestamp', () => {
    expect(formatBookTime('2026-11-21 09:15:07')).toBe('09:15:07');
    expect(formatBookTime(null)).toBe('–');
  });
  it('says how long', () => {
    expect([formatDuration(45_000), formatDuration(720_000), formatDuration(3_900_000)]).toEqual([
      '45s',
      '12m',
      '1h 05m',
    ]);
  });
});
