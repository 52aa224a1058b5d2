import { useSearchParams } from 'react-router';
import { useDebounced } from '@/hooks/use-debounced';
import { useUrlState } from '@/hooks/use-url-state';
import type { SearchTerms } from '@/lib/instruments/queries';
import { parseTyped } from '@/lib/numbers';

export const TYPES = ['EQ', 'INDEX', 'FUT', 'OPT', 'CE', 'PE'] as const;
const LIMIT = 200;
const NAMES = ['q', 'exchange', 'underlying', 'expiry', 'type', 'low', 'high'] as const;
type Name = (typeof NAMES)[number];

/** A typed strike as it is asked for; what is no number bounds nothing. */
function bound(text: string): number | undefined {
  const number = parseTyped(text);
  return number === null || Number.isNaN(number) ? undefined : number;
}

/**
 * What is searched for, from the address. `asked` is what the server is sent, a moment after the last keystroke, and
 * null while there is nothing to ask for.
 */
export function useSearchTerms() {
  const { read, set } = useUrlState();
  const [, setParameters] = useSearchParams();
  const given = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Name, string>;
  const settled = useDebounced(JSON.stringify(given));
  const now = JSON.parse(settled) as Record<Name, string>;
  const underlying = now.underlying.trim().toUpperCase();
  const q = now.q.trim();
  const asked: SearchTerms | null =
    q.length >= 2 || underlying
      ? {
          q,
          underlying,
          exchange: now.exchange,
          expiry: now.expiry,
          type: now.type,
          strike_min: bound(now.low),
          strike_max: bound(now.high),
          limit: LIMIT,
        }
      : null;
  const isNarrowed = NAMES.some((name) => name !== 'q' && given[name] !== '');
  // In one step: parameters that are set one after the other do not see each other.
  const clear = () => setParameters(given.q ? { q: given.q } : {}, { replace: true });
  return { given, set: (name: Name, value: string | null) => set(name, value), asked, isNarrowed, clear };
}
