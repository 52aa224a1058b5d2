import { useCallback } from 'react';
import { useSearchParams } from 'react-router';
import { FIRST_UNDERLYING, type Underlying } from '@/lib/instruments/options';

export const STRIKE_COUNTS = [10, 20, 40] as const;
const FIRST_STRIKES = 20;

/** What the address says: underlying, expiry (blank: the first), and how many strikes (null: all). */
export function useChainAddress() {
  const [address, setAddress] = useSearchParams();
  const underlying = address.get('underlying');
  const exchange = address.get('exchange');
  const asked = address.get('strikes');
  const count = Number(asked);
  const strikes = asked === 'all' ? null : count >= 1 && count <= 100 ? Math.floor(count) : FIRST_STRIKES;
  const show = useCallback(
    (change: Record<string, string | null>) =>
      setAddress(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [name, value] of Object.entries(change)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true },
      ),
    [setAddress],
  );
  return {
    of: underlying && exchange ? { underlying, exchange } : FIRST_UNDERLYING,
    expiry: address.get('expiry') ?? '',
    strikes,
    /** Where the chain of another expiry is: a link, so that it can be opened beside this one. */
    hrefOf: (expiry: string) => {
      const next = new URLSearchParams(address);
      next.set('expiry', expiry);
      return `?${next}`;
    },
    /** The expiries of one underlying mean nothing to another. */
    chooseUnderlying: (of: Underlying) => show({ ...of, expiry: null }),
    chooseStrikes: (value: string) => show({ strikes: value }),
  };
}
