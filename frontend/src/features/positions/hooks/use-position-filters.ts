import { useMemo } from 'react';
import type { Position } from '@/features/positions/api/get-positions';
import { type Fields, useRowFilters } from '@/hooks/use-row-filters';
import { useUrlState } from '@/hooks/use-url-state';
import { underlyingOf } from '@/lib/instruments/underlying';

export function isOpen(position: Position): boolean {
  return position.quantity !== 0;
}

function directionOf({ quantity }: Position): string | null {
  return quantity > 0 ? 'LONG' : quantity < 0 ? 'SHORT' : null;
}

const FIELDS: Fields<Position> = {
  product: (position) => position.product,
  exchange: (position) => position.exchange,
  direction: directionOf,
  underlying: underlyingOf,
};

const textOf = ({ symbol }: Position) => symbol;

/** The filters of the position book, kept in the address. `fixed`: what an embedding page has chosen already. */
export function usePositionFilters(positions: readonly Position[] | undefined, fixed?: 'open') {
  const { read, set } = useUrlState();
  const show = fixed ?? read('show');
  const rows = useRowFilters(positions, FIELDS, textOf);
  const base = fixed ? positions : rows.shown;
  const shown = useMemo(
    () =>
      show === 'open' || show === 'closed'
        ? base?.filter((position) => isOpen(position) === (show === 'open'))
        : base,
    [base, show],
  );
  return {
    ...rows,
    show,
    shown,
    hasFilter: !fixed && (rows.hasFilter || Boolean(show)),
    clear: () => rows.clear('show'),
    isGrouped: !fixed && read('group') === 'underlying',
    group: (isGrouped: boolean) => set('group', isGrouped ? 'underlying' : null),
  };
}
