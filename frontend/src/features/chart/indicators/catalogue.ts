import { BOLLINGER, EMA, SMA, VWAP } from '@/features/chart/indicators/averages';
import { MACD, RSI, SUPERTREND } from '@/features/chart/indicators/oscillators';
import type { Indicator, Parameters } from '@/features/chart/indicators/types';
import { t } from '@/messages/words';

export const INDICATORS: readonly Indicator[] = [EMA, SMA, VWAP, BOLLINGER, SUPERTREND, RSI, MACD];

export function findIndicator(name: string): Indicator | undefined {
  return INDICATORS.find((one) => one.name === name);
}

/** What is wrong with parameters, by name; empty when the indicator may be drawn. */
export function checkParameters(indicator: Indicator, parameters: Parameters): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const { name, least, most, step } of indicator.rules) {
    const value = parameters[name];
    if (value === undefined || !Number.isFinite(value)) wrong[name] = t('is required');
    else if (value < least || value > most)
      wrong[name] = t('must lie between {{least}} and {{most}}', { least, most });
    else if (step === undefined && !Number.isInteger(value)) wrong[name] = t('must be a whole number');
  }
  const { fast, slow } = parameters;
  if (!wrong.slow && fast !== undefined && slow !== undefined && slow <= fast)
    wrong.slow = t('must be above Fast');
  return wrong;
}

/** `EMA 20`, `MACD 12 26 9`: what a legend and a list call it. */
export function indicatorLabel(indicator: Indicator, parameters: Parameters): string {
  return [indicator.title, ...indicator.rules.map(({ name }) => parameters[name])].join(' ');
}
