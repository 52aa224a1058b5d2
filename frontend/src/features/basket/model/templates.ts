import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';

/** One leg by its place. `steps`: strikes above the money, times the chosen width; absent for the underlying itself. */
export interface TemplateLeg {
  action: Action;
  kind: 'CE' | 'PE' | 'FUT';
  steps?: number;
  lots?: number;
  /** In the second expiry that was chosen. */
  isFar?: boolean;
}

export type Outlook = 'rising' | 'falling' | 'quiet' | 'moving';

export interface Template {
  id: string;
  name: string;
  outlook: Outlook;
  legs: readonly TemplateLeg[];
}

const buy = (kind: 'CE' | 'PE', steps: number, lots = 1): TemplateLeg => ({
  action: 'BUY',
  kind,
  steps,
  lots,
});
const sell = (kind: 'CE' | 'PE', steps: number, lots = 1): TemplateLeg => ({
  action: 'SELL',
  kind,
  steps,
  lots,
});
const far = (leg: TemplateLeg): TemplateLeg => ({ ...leg, isFar: true });
const LONG: TemplateLeg = { action: 'BUY', kind: 'FUT' };

/** Strategies as data: the server makes contracts of the places, all counted from one price of the underlying. */
export const TEMPLATES: readonly Template[] = [
  { id: 'long_call', name: t('Long call'), outlook: 'rising', legs: [buy('CE', 0)] },
  { id: 'short_put', name: t('Short put'), outlook: 'rising', legs: [sell('PE', 0)] },
  {
    id: 'bull_call_spread',
    name: t('Bull call spread'),
    outlook: 'rising',
    legs: [buy('CE', 0), sell('CE', 1)],
  },
  {
    id: 'bull_put_spread',
    name: t('Bull put spread'),
    outlook: 'rising',
    legs: [buy('PE', -1), sell('PE', 0)],
  },
  { id: 'covered_call', name: t('Covered call'), outlook: 'rising', legs: [LONG, sell('CE', 1)] },
  { id: 'protective_put', name: t('Protective put'), outlook: 'rising', legs: [LONG, buy('PE', -1)] },
  { id: 'collar', name: t('Collar'), outlook: 'rising', legs: [LONG, buy('PE', -1), sell('CE', 1)] },
  { id: 'long_synthetic', name: t('Synthetic long'), outlook: 'rising', legs: [buy('CE', 0), sell('PE', 0)] },
  {
    id: 'call_ratio_back_spread',
    name: t('Call ratio back spread'),
    outlook: 'rising',
    legs: [sell('CE', 0), buy('CE', 1, 2)],
  },
  { id: 'long_put', name: t('Long put'), outlook: 'falling', legs: [buy('PE', 0)] },
  { id: 'short_call', name: t('Short call'), outlook: 'falling', legs: [sell('CE', 0)] },
  {
    id: 'bear_put_spread',
    name: t('Bear put spread'),
    outlook: 'falling',
    legs: [buy('PE', 0), sell('PE', -1)],
  },
  {
    id: 'bear_call_spread',
    name: t('Bear call spread'),
    outlook: 'falling',
    legs: [sell('CE', 0), buy('CE', 1)],
  },
  {
    id: 'short_synthetic',
    name: t('Synthetic short'),
    outlook: 'falling',
    legs: [sell('CE', 0), buy('PE', 0)],
  },
  {
    id: 'put_ratio_back_spread',
    name: t('Put ratio back spread'),
    outlook: 'falling',
    legs: [sell('PE', 0), buy('PE', -1, 2)],
  },
  { id: 'short_straddle', name: t('Short straddle'), outlook: 'quiet', legs: [sell('CE', 0), sell('PE', 0)] },
  {
    id: 'short_strangle',
    name: t('Short strangle'),
    outlook: 'quiet',
    legs: [sell('CE', 1), sell('PE', -1)],
  },
  {
    id: 'iron_condor',
    name: t('Iron condor'),
    outlook: 'quiet',
    legs: [buy('PE', -2), sell('PE', -1), sell('CE', 1), buy('CE', 2)],
  },
  {
    id: 'iron_fly',
    name: t('Iron butterfly'),
    outlook: 'quiet',
    legs: [buy('PE', -1), sell('PE', 0), sell('CE', 0), buy('CE', 1)],
  },
  {
    id: 'call_butterfly',
    name: t('Call butterfly'),
    outlook: 'quiet',
    legs: [buy('CE', -1), sell('CE', 0, 2), buy('CE', 1)],
  },
  {
    id: 'put_butterfly',
    name: t('Put butterfly'),
    outlook: 'quiet',
    legs: [buy('PE', 1), sell('PE', 0, 2), buy('PE', -1)],
  },
  {
    id: 'call_ratio_spread',
    name: t('Call ratio spread'),
    outlook: 'quiet',
    legs: [buy('CE', 0), sell('CE', 1, 2)],
  },
  {
    id: 'put_ratio_spread',
    name: t('Put ratio spread'),
    outlook: 'quiet',
    legs: [buy('PE', 0), sell('PE', -1, 2)],
  },
  {
    id: 'jade_lizard',
    name: t('Jade lizard'),
    outlook: 'quiet',
    legs: [sell('PE', -1), sell('CE', 1), buy('CE', 2)],
  },
  {
    id: 'call_calendar',
    name: t('Call calendar'),
    outlook: 'quiet',
    legs: [sell('CE', 0), far(buy('CE', 0))],
  },
  { id: 'put_calendar', name: t('Put calendar'), outlook: 'quiet', legs: [sell('PE', 0), far(buy('PE', 0))] },
  { id: 'long_straddle', name: t('Long straddle'), outlook: 'moving', legs: [buy('CE', 0), buy('PE', 0)] },
  { id: 'long_strangle', name: t('Long strangle'), outlook: 'moving', legs: [buy('CE', 1), buy('PE', -1)] },
  {
    id: 'long_iron_condor',
    name: t('Reverse iron condor'),
    outlook: 'moving',
    legs: [sell('PE', -2), buy('PE', -1), buy('CE', 1), sell('CE', 2)],
  },
  {
    id: 'long_iron_fly',
    name: t('Reverse iron butterfly'),
    outlook: 'moving',
    legs: [sell('PE', -1), buy('PE', 0), buy('CE', 0), sell('CE', 1)],
  },
];

export const OUTLOOKS: readonly (readonly [Outlook, string])[] = [
  ['rising', t('Rising market')],
  ['falling', t('Falling market')],
  ['quiet', t('Quiet market')],
  ['moving', t('Moving market')],
];
/** Strikes between neighbouring legs. */
export const WIDTHS = [1, 2, 3, 4, 5, 6, 8, 10] as const;

/** The word of a place: a call above the money is out of it, a put above the money is in it. */
export function offsetOf(kind: 'CE' | 'PE', strikesUp: number): string {
  if (strikesUp === 0) return 'ATM';
  const isOut = strikesUp > 0 === (kind === 'CE');
  return `${isOut ? 'OTM' : 'ITM'}${Math.abs(strikesUp)}`;
}

export function needsFarExpiry({ legs }: Template): boolean {
  return legs.some(({ isFar }) => isFar);
}

export interface PlacedLeg {
  option_type: 'CE' | 'PE' | 'FUT';
  offset?: string;
  expiry: string;
}

/** What the server is asked for. */
export function placesOf({ legs }: Template, width: number, near: string, later: string): PlacedLeg[] {
  return legs.map(({ kind, steps = 0, isFar }) => ({
    option_type: kind,
    ...(kind !== 'FUT' && { offset: offsetOf(kind, steps * width) }),
    expiry: isFar ? later : near,
  }));
}
