import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** Filters kept in the address: they survive reload, can be linked, and an unset one leaves no trace. */
export function useUrlState() {
  const [parameters, setParameters] = useSearchParams();
  /** Several at once: one after the other, each would start from the address that stands and undo the one before. */
  const setAll = useCallback(
    (changes: Readonly<Record<string, string | null>>) => {
      setParameters(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [name, value] of Object.entries(changes)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true },
      );
    },
    [setParameters],
  );
  const set = useCallback((name: string, value: string | null) => setAll({ [name]: value }), [setAll]);
  return { read: (name: string) => parameters.get(name) ?? '', set, setAll };
}
