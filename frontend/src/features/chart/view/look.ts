import { t } from '@/messages/words';

export const STYLES = ['candles', 'bars', 'line', 'area', 'heikin-ashi'] as const;
export type Style = (typeof STYLES)[number];

export const PAIRS = ['desk', 'safe', 'classic', 'mono'] as const;
export type Pair = (typeof PAIRS)[number];

/** How prices are drawn, on every chart of the user. */
export interface ChartLook {
  style: Style;
  pair: Pair;
}

export const FIRST_LOOK: ChartLook = { style: 'candles', pair: 'desk' };

interface UpDown {
  up: string;
  down: string;
}

/** Rise and fall, each readable as text on the ground of its theme; `desk` takes the desk's own tokens. */
const COLOURS: Record<Exclude<Pair, 'desk'>, Record<'dark' | 'light', UpDown>> = {
  // Blue and orange of Okabe and Ito: told apart with any kind of colour blindness, and by brightness in print.
  safe: { dark: { up: '#56b4e9', down: '#e69f00' }, light: { up: '#0072b2', down: '#a65200' } },
  classic: { dark: { up: '#26a69a', down: '#ef5350' }, light: { up: '#00756a', down: '#c62828' } },
  mono: { dark: { up: '#e8eaed', down: '#858c96' }, light: { up: '#1f2937', down: '#6b7280' } },
};

export function upDown(pair: Pair, theme: 'dark' | 'light', desk: UpDown): UpDown {
  return pair === 'desk' ? desk : COLOURS[pair][theme];
}

export const STYLE_NAMES: Record<Style, string> = {
  candles: t('Candles'),
  bars: t('OHLC bars'),
  line: t('Line'),
  area: t('Area'),
  'heikin-ashi': t('Heikin-Ashi'),
};

export const PAIR_NAMES: Record<Pair, string> = {
  desk: t('Colours of the desk'),
  safe: t('Blue and orange, safe for colour blindness'),
  classic: t('Teal and red'),
  mono: t('Bright and grey'),
};
