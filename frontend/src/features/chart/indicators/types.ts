import type { Bar } from '@/features/chart/bars/bars';
import { t } from '@/messages/words';

/** One column of figures beside the bars; `NaN` where there is none yet. */
export type Column = number[];

export type Parameters = Readonly<Record<string, number>>;

export interface ParameterRule {
  name: string;
  label: string;
  least: number;
  most: number;
  /** Whole numbers unless a step is given. */
  step?: number;
}

export interface Line {
  /** Which column it draws. */
  column: number;
  label: string;
  /** `dots` for what has gaps: the chart library would draw a line across them. */
  kind: 'line' | 'dots' | 'histogram';
}

/**
 * One indicator.
 *
 * `fill` writes every column from index `from` to the last bar and reads only bars up to there and what the columns
 * hold before `from`: filling from 0, and filling the last bar again and again as it ticks, give the same figures.
 */
export interface Indicator {
  name: string;
  title: string;
  /** Over the prices, or in a pane below them. */
  place: 'price' | 'pane';
  rules: readonly ParameterRule[];
  defaults: Parameters;
  columns: number;
  lines: readonly Line[];
  fill: (bars: readonly Bar[], parameters: Parameters, columns: readonly Column[], from: number) => void;
}

export function emptyColumns(indicator: Indicator): Column[] {
  return Array.from({ length: indicator.columns }, () => []);
}

/** `column[at]`, or NaN outside of it. */
export function at(column: Column | undefined, index: number): number {
  return column?.[index] ?? Number.NaN;
}

export function parameter(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (value === undefined) throw new Error(`the indicator has no parameter ${name}`);
  return value;
}

export const PERIOD: ParameterRule = { name: 'period', label: t('Period'), least: 1, most: 500 };
