import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** Filters kept in the address: they survive reload, can be linked, and an unset one leaves no trace. */
export function useUrlState() {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (name: string, value: string | null) => {
      setParameters(
        (current) => {
          const next = new URLSearchParams(current);
          if (value) next.set(name, value);
          else next.delete(name);
          return next;
        },
        { replace: true },
      );
    },
    [setParameters],
  );
  return { read: (name: string) => parameters.get(name) ?? '', set };
}
