import { expect, it } from 'vitest';
import { FIRST_SETTINGS, readSettings } from '@/features/chart/api/preferences';
import { drawingOf, withDrawing } from '@/features/chart/hooks/own-drawing';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };
const TCS = { symbol: 'TCS', exchange: 'NSE' };
const RSI = { indicators: [{ name: 'rsi', parameters: { period: 14 } }], isVolumeShown: false };

it('changes all charts, but for instruments that have a drawing of their own', () => {
  const own = withDrawing(FIRST_SETTINGS, SBIN, { ...RSI, isOwn: true });
  expect(drawingOf(own, SBIN)).toEqual({ ...RSI, isOwn: true });
  expect(drawingOf(own, TCS)).toMatchObject({ isVolumeShown: true, isOwn: false });
  const all = withDrawing(own, TCS, { indicators: [], isVolumeShown: true, isOwn: false });
  expect(drawingOf(all, TCS).indicators).toEqual([]);
  expect(drawingOf(all, SBIN)).toEqual({ ...RSI, isOwn: true });
  expect(readSettings(JSON.stringify(all))).toEqual(all);
});

it('follows all charts again when it gives its own up, without changing them', () => {
  const own = withDrawing(FIRST_SETTINGS, SBIN, { ...RSI, isOwn: true });
  expect(withDrawing(own, SBIN, { ...RSI, isOwn: false })).toEqual(FIRST_SETTINGS);
});

it('forgets the instruments that were changed longest ago', () => {
  let settings = FIRST_SETTINGS;
  for (let index = 0; index < 51; index += 1)
    settings = withDrawing(settings, { symbol: `S${index}`, exchange: 'NSE' }, { ...RSI, isOwn: true });
  expect(Object.keys(settings.own)).toHaveLength(50);
  expect(drawingOf(settings, { symbol: 'S0', exchange: 'NSE' }).isOwn).toBe(false);
  expect(drawingOf(settings, { symbol: 'S50', exchange: 'NSE' }).isOwn).toBe(true);
});
