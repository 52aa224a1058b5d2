import type { ChartSettings, Drawing } from '@/features/chart/api/preferences';
import type { InstrumentRef } from '@/lib/market-data/protocol';

const MOST = 50;

const keyOf = ({ exchange, symbol }: InstrumentRef) => `${exchange}:${symbol}`;

/** What is drawn on the chart of an instrument: its own drawing, else that of all charts. */
export function drawingOf(settings: ChartSettings, of: InstrumentRef): Drawing & { isOwn: boolean } {
  const own = settings.own[keyOf(of)];
  const { indicators, isVolumeShown } = own ?? settings;
  return { indicators, isVolumeShown, isOwn: own !== undefined };
}

/**
 * Settings after a change on the chart of an instrument: of its own drawing where it has one or is given one, else of
 * all charts. Without its own it follows all charts again. Instruments beyond the fifty changed last are forgotten.
 */
export function withDrawing(
  settings: ChartSettings,
  of: InstrumentRef,
  change: Drawing & { isOwn: boolean },
): ChartSettings {
  const { isOwn, ...drawing } = change;
  const key = keyOf(of);
  const had = settings.own[key] !== undefined;
  const { [key]: _before, ...others } = settings.own;
  if (isOwn)
    return { ...settings, own: Object.fromEntries([...Object.entries(others), [key, drawing]].slice(-MOST)) };
  return had ? { ...settings, own: others } : { ...settings, ...drawing };
}
