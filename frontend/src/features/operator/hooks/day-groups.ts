import type { Holiday, SessionWindow } from '@/features/operator/api/market-rules';

/** Exchanges with the same sessions; no session means closed. */
export interface DayGroup {
  exchanges: readonly string[];
  windows: readonly SessionWindow[];
}

/** The sessions of a day by what exchanges have in common; one empty group for a new day. */
export function groupsOf(sessions: Holiday['sessions']): DayGroup[] {
  const groups = new Map<string, { exchanges: string[]; windows: SessionWindow[] }>();
  for (const [exchange, windows] of Object.entries(sessions)) {
    const key = JSON.stringify(windows);
    const group = groups.get(key) ?? { exchanges: [], windows };
    group.exchanges.push(exchange);
    groups.set(key, group);
  }
  return groups.size > 0 ? [...groups.values()] : [{ exchanges: [], windows: [] }];
}

/** Back again: each exchange with its own sessions. */
export function sessionsOf(groups: readonly DayGroup[]): Holiday['sessions'] {
  return Object.fromEntries(
    groups.flatMap(({ exchanges, windows }) => exchanges.map((exchange) => [exchange, [...windows]])),
  );
}

/** Put an exchange into a group, out of any other one; or out of this one when it is there. */
export function toggled(groups: readonly DayGroup[], at: number, exchange: string): DayGroup[] {
  return groups.map((group, index) => {
    const others = group.exchanges.filter((each) => each !== exchange);
    const joins = index === at && others.length === group.exchanges.length;
    return { ...group, exchanges: joins ? [...others, exchange] : others };
  });
}
